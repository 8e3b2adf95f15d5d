"""Implementations of the ports with boto3. No other package imports boto3."""
