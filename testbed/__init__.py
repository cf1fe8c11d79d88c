"""A real Argo CD on this machine's loopback: built from published Go modules, started without root or containers."""
