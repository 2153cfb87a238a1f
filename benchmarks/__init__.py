"""Measurements of this project beside its peers; nothing here is a test."""
