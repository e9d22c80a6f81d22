"""`make bench`: how fast the service is, each figure beside its limit measured in the same run."""
