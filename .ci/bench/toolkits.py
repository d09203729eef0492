"""Arcade's reference worker with Arcade's own toolkits, arcade-jira and arcade-confluence, as an Engine would find it.

Their requests for Atlassian's gateway go to ATLASSIAN_API_URL instead.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "peers"))

import uvicorn  # noqa: E402
from arcade_core.toolkit import Toolkit  # noqa: E402
from arcade_serve.fastapi import FastAPIWorker  # noqa: E402
from fastapi import FastAPI  # noqa: E402

from redirect import PACKAGES, redirect_to  # noqa: E402

redirect_to(lambda: os.environ["ATLASSIAN_API_URL"].removeprefix("http://"))
app = FastAPI()
worker = FastAPIWorker(app)
for package in PACKAGES:
    worker.register_toolkit(Toolkit.from_package(package))

if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["ARCADE_SERVER_PORT"]))
