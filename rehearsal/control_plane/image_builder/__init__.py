"""Image Builder: pipelines that run through their states, make an AMI and say so in events."""
