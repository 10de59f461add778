#!/bin/sh
# What every file in script/ begins with: finds a Python (installs one on an empty Debian), then hands over to bootstrap.py.
PATH="${PATH:+$PATH:}/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
export PATH
here=$(dirname -- "$(readlink -f -- "$0")")
packages='python3 python3-venv libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk'

find_python() { python=$(command -v python3.11 || command -v python3); }

if ! find_python; then
    if [ "$(id -u)" = 0 ]; then as_root=''; else as_root='sudo -n'; fi
    if command -v apt-get >/dev/null && $as_root true 2>/dev/null; then
        echo '正在安装 Python / installing Python …' >&2
        said=$($as_root env DEBIAN_FRONTEND=noninteractive sh -c \
            'apt-get -qq update; apt-get -qq -y --no-install-recommends -o DPkg::Lock::Timeout=300 install python3 python3-venv' \
            </dev/null 2>&1) || printf '%s\n' "$said" | tail -n 6 >&2
    fi
    if ! find_python; then
        echo "请管理员执行 / ask the administrator to run: apt-get update && apt-get install -y $packages" >&2
        exit 1
    fi
fi
exec "$python" -BE "$here/bootstrap.py" "$@"
