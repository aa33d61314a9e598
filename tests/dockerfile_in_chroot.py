"""Carry out deploy/docker/Dockerfile in a chroot made by debootstrap, and run the main job in it, as root.

    python -m tests.dockerfile_in_chroot FOLDER

It knows FROM, RUN, WORKDIR, COPY, ENV, USER, ENTRYPOINT and CMD, as that file uses them. Package managers are set up as
on this machine. The image's service then runs read-only, as its user, until it answers and is ready.
"""

import fnmatch
import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.serving import free_port

ROOT = Path(__file__).parents[1]
DOCKERFILE = ROOT / "deploy" / "docker" / "Dockerfile"
HOST = ("PIP_DEFAULT_TIMEOUT", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL")
CERTIFICATES = ("PIP_CERT", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS")
"""How this machine reaches its registries: not part of the image."""
BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
WRITABLE = ("data", "run/ratesvc", "tmp")


@dataclass
class Stage:
    """One FROM and what follows it."""

    root: Path
    folder: str = "/"
    user: str = "root"
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *command: str, timeout: float = 900) -> None:
        """Run a command in the stage; its output is shown if it fails."""
        done = subprocess.run(
            self.command(*command), env=self.variables(), capture_output=True, text=True, timeout=timeout, check=False
        )
        if done.returncode:
            sys.exit(f"{' '.join(command)}\n{done.stdout[-2000:]}{done.stderr[-4000:]}")

    def command(self, *command: str) -> list[str]:
        inside = 'cd "$0" && exec "$@"'
        return ["chroot", f"--userspec={self.user}", str(self.root), "/bin/sh", "-c", inside, self.folder, *command]

    def variables(self) -> dict[str, str]:
        given = {name: os.environ[name] for name in HOST if name in os.environ}
        given |= dict.fromkeys(CERTIFICATES, "/etc/ssl/host.crt")
        fixed = {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "DEBIAN_FRONTEND": "noninteractive",
        }
        return {**given, **fixed, **self.environment}


def instructions() -> Iterator[tuple[str, str]]:
    """Yield each instruction of the Dockerfile and the rest of its line."""
    text = re.sub(r"^#.*\n", "", DOCKERFILE.read_text(), flags=re.MULTILINE)
    for line in text.replace("\\\n", " ").splitlines():
        if line.strip():
            name, _, rest = line.partition(" ")
            yield name, " ".join(rest.split())


def prepare(base: Path, root: Path) -> None:
    """A bare system that can reach this machine's registries."""
    subprocess.run(["cp", "-a", base, root], check=True)
    for path in ("etc/resolv.conf", "etc/hosts", "etc/pip.conf", "etc/npmrc", "root/.npmrc"):
        source = Path("/") / path
        if source.is_file():
            shutil.copy(source, root / path)
    shutil.copy(BUNDLE, root / "etc/ssl/host.crt")
    for configuration in Path("/etc/apt/apt.conf.d").iterdir():
        shutil.copy(configuration, root / "etc/apt/apt.conf.d")


@contextmanager
def mounted(root: Path) -> Iterator[None]:
    """Give a stage /proc and /dev."""
    subprocess.run(["mount", "-t", "proc", "proc", root / "proc"], check=True)
    subprocess.run(["mount", "--bind", "/dev", root / "dev"], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", root / "dev", root / "proc"], check=True)


def copy(stage: Stage, rest: str, stages: dict[str, Stage]) -> None:
    """COPY, without what .dockerignore leaves out."""
    words = rest.split()
    if words[0].startswith("--from="):
        origin = stages[words.pop(0).removeprefix("--from=")].root
        shutil.copytree(origin / words[0][1:], stage.root / words[1][1:], symlinks=True)
        return
    *names, _ = words
    target = stage.root / stage.folder[1:]
    target.mkdir(parents=True, exist_ok=True)
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    wanted = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    for path in filter(None, tracked):
        kept = any(path == each or path.startswith(f"{each}/") for each in wanted)
        if kept and any(name == "." or fnmatch.fnmatch(path, name) for name in names):
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / path, target / path, follow_symlinks=False)


def build(scratch: Path) -> tuple[Stage, list[str]]:
    """Carry out the Dockerfile; returns its last stage and the command of the image."""
    stages: dict[str, Stage] = {}
    stage = Stage(scratch)
    entry: list[str] = []
    arguments: list[str] = []
    for name, rest in instructions():
        if name == "FROM":
            image, _, label = rest.partition(" AS ")
            suite = re.fullmatch(r"debian:(\w+)-slim", image)
            assert suite, f"FROM {image}: not known here"
            base = scratch / "base"
            if not base.exists():
                mirror = re.search(
                    r"^URIs: (\S+)",
                    "".join(map(Path.read_text, Path("/etc/apt/sources.list.d").glob("*.sources"))),
                    re.M,
                )
                assert mirror
                subprocess.run(
                    ["debootstrap", "--variant=minbase", "--include=ca-certificates", suite[1], base, mirror[1]],
                    check=True,
                    stdout=subprocess.DEVNULL,
                )
            stage = stages[label or "image"] = Stage(scratch / (label or "image"))
            prepare(base, stage.root)
        elif name == "RUN":
            began = time.monotonic()
            with mounted(stage.root):
                stage.run("/bin/sh", "-c", rest)
            print(f"{time.monotonic() - began:6.1f} s  {rest[:90]}", flush=True)
        elif name == "WORKDIR":
            stage.folder = rest
            (stage.root / rest[1:]).mkdir(parents=True, exist_ok=True)
        elif name == "COPY":
            copy(stage, rest, stages)
        elif name == "ENV":
            for variable in rest.split():
                key, _, text = variable.partition("=")
                stage.environment[key] = text.replace("$PATH", stage.variables()["PATH"])
        elif name == "USER":
            stage.user = rest
        elif name in ("ENTRYPOINT", "CMD"):
            entry, arguments = (json.loads(rest), arguments) if name == "ENTRYPOINT" else (entry, json.loads(rest))
        elif name not in ("VOLUME", "EXPOSE", "HEALTHCHECK"):
            sys.exit(f"{name}: not known here")
    return stage, [*entry, *arguments]


def try_out(image: Stage, command: list[str]) -> None:
    """Run the image's service as its user; its root is read-only but for its data and runtime folders."""
    port = free_port()
    image.environment |= {"RATESVC_PORT": str(port), "RATESVC_HOST": "127.0.0.1", "RATESVC_SOURCES": "currency_api"}
    subprocess.run(["mount", "--bind", image.root, image.root], check=True)
    for path in WRITABLE:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=1777", "tmpfs", image.root / path], check=True)
    try:
        with mounted(image.root):
            subprocess.run(["mount", "-o", "remount,bind,ro", image.root], check=True)
            with subprocess.Popen(image.command(*command), env=image.variables()) as service:
                try:
                    began = time.monotonic()
                    address = f"http://127.0.0.1:{port}"
                    while True:
                        try:
                            with urllib.request.urlopen(f"{address}/readyz", timeout=5) as answer:  # noqa: S310
                                print(f"ready after {time.monotonic() - began:.1f} s: {answer.read().decode()[:200]}")
                                break
                        except OSError:
                            if time.monotonic() - began > 60 or service.poll() is not None:
                                sys.exit("the image's service is not ready")
                            time.sleep(0.5)
                    with urllib.request.urlopen(f"{address}/ticker.txt", timeout=5) as answer:  # noqa: S310
                        print(answer.read().decode())
                finally:
                    service.terminate()
                    service.wait(30)
    finally:
        for path in (*WRITABLE, ""):
            subprocess.run(["umount", "-l", image.root / path], check=False)


def main() -> None:
    """Build, then try out."""
    scratch = Path(sys.argv[1])
    scratch.mkdir(parents=True, exist_ok=True)
    image, command = build(scratch)
    size = subprocess.run(["du", "-sm", image.root], capture_output=True, text=True, check=True).stdout.split()[0]
    print(f"the image has {size} MB")
    try_out(image, command)


if __name__ == "__main__":
    main()
