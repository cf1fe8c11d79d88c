"""A process that sends one HTTP request for each line it reads, and prints the seconds it took.

The first line is JSON: url, headers, ca_file, and whether the answer is to be decoded, too. A process of its own, as
the server under test is one.
"""

import asyncio
import json
import ssl
import sys
import time

import httpx2


async def main() -> None:
    """Until stdin ends."""
    given = json.loads(sys.stdin.readline())
    verify: ssl.SSLContext | bool = ssl.create_default_context(cafile=given["ca_file"] or None)
    if given["url"].startswith("http:"):
        verify = False
    async with httpx2.AsyncClient(verify=verify, headers=given["headers"], timeout=120) as client:
        while sys.stdin.readline():
            began = time.perf_counter()
            response = await client.get(given["url"])
            response.raise_for_status()
            if given.get("decodes"):
                response.json()
            seconds = time.perf_counter() - began
            print(seconds, flush=True)


if __name__ == "__main__":
    asyncio.run(main())
