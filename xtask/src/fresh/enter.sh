#!/bin/sh
# Runs a shell line in a root. This process is the first of a mount and a process namespace of its
# own: what is mounted here is nowhere else, and goes with it.
#   enter.sh ROOT TOOLCHAIN CARGO_HOME LINE, in an environment that is handed on
set -eu
root=$1 toolchain=$2 cargo=$3 line=$4

mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --rbind /sys "$root/sys"
if [ -n "$toolchain" ]; then
    mount -o bind,ro "$toolchain" "$root/opt/rust"
fi
# Crates are downloaded once for all roots. The locks are shared with them.
mount --bind "$cargo/registry" "$root/root/.cargo/registry"
for file in .package-cache .package-cache-mutate; do
    [ ! -e "$cargo/$file" ] || mount --bind "$cargo/$file" "$root/root/.cargo/$file"
done
for file in config.toml config; do
    [ ! -e "$cargo/$file" ] || mount -o bind,ro "$cargo/$file" "$root/root/.cargo/$file"
done
exec chroot "$root" /bin/sh -c 'cd /root/l2tp && exec /bin/bash -c "$1"' sh "$line"
