"""What a Hugging Face repository holds, from the hub's JSON on stdin, in lines for a shell.

`commit`: the commit that a revision stands for.
`files`: one line a file, `algorithm digest bytes path`. Large files have a SHA-256, the others git's own SHA-1.
"""

import json
import re
import sys

HEX = {"sha256": re.compile(r"[0-9a-f]{64}"), "git": re.compile(r"[0-9a-f]{40}")}
PATH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(?:/[A-Za-z0-9_][A-Za-z0-9._-]*)*")


def commit(reply):
    sha = reply["sha"]
    if not HEX["git"].fullmatch(sha):
        raise ValueError("no commit")
    return [sha]


def files(reply):
    lines = []
    for entry in reply:
        # A repository's own notes are no part of the model.
        if entry["type"] != "file" or entry["path"].startswith("."):
            continue
        kind, digest = ("sha256", entry["lfs"]["oid"]) if "lfs" in entry else ("git", entry["oid"])
        path, size = entry["path"], entry["size"]
        if not (PATH.fullmatch(path) and HEX[kind].fullmatch(digest) and isinstance(size, int) and size >= 0):
            raise ValueError("a file that cannot be taken")
        lines.append(f"{kind} {digest} {size} {path}")
    if not lines:
        raise ValueError("no files")
    return sorted(lines, key=lambda line: line.split(" ")[3])


try:
    print("\n".join({"commit": commit, "files": files}[sys.argv[1]](json.load(sys.stdin))))
except (KeyError, TypeError, ValueError) as error:
    sys.exit(f"The hub's answer is not one that is understood: {error}.")
