"""AWS behind the ports: one class a port, and the only place that knows boto3."""
