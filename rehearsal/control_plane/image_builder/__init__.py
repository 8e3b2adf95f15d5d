"""Image Builder: pipelines that go through their states, make an AMI and send events."""
