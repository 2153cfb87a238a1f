"""What watches: devices capture, tasks compare, operators adjudicate."""
