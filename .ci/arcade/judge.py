"""Lets Arcade's own client and the official client of MCP judge the program: see README.md's chapter on compatibility."""

import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import guide
import login_and_register
import mcp_client

if __name__ == "__main__":
    binary = Path(sys.argv[1]).resolve()
    with ProcessPoolExecutor() as pool:  # they wait for most of their time
        begun = [pool.submit(judge, binary) for judge in (login_and_register.judge, guide.judge, mcp_client.judge)]
        sys.exit(sum(judge.result() for judge in begun) > 0)
