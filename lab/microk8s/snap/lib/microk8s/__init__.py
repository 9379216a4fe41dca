"""Stand-in for MicroK8s: what its scripts and its cluster agent do, around binaries built from Kubernetes' own modules."""
