"""What the stories share with the contract."""

from tests.contract.conftest import bench, tools
from tests.e2e.gitea import begun, play

__all__ = ["begun", "bench", "play", "tools"]
