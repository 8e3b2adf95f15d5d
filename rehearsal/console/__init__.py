"""What a rehearsal prints, and the logs it keeps."""
