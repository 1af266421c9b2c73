#!/bin/sh
# The guest's first process: mounts what a system has mounted, runs the command with its output on
# the channels to the host, and reports how it ended. Settings are in /vm/settings, the command in
# /vm/command.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb
. /vm/settings

mount -t devtmpfs devtmpfs /dev
mkdir -p /dev/pts /dev/shm /dev/net
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devpts -o ptmxmode=666 devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
mount -t debugfs debugfs /sys/kernel/debug
ln -s /proc/self/fd /dev/fd
# Not mounted over: a file from the host may have been put here.
chmod 1777 /tmp
# Nodes that udev makes on an installed system; opening one loads its module.
[ -e /dev/net/tun ] || mknod /dev/net/tun c 10 200
[ -e /dev/ppp ] || mknod /dev/ppp c 108 0

# The patterns are for find, not for the shell.
set -f
for pattern in $hidden; do
    find /lib/modules/ -name "$pattern.ko" -exec rm {} +
done
set +f

# Built into newer kernels, where modprobe has nothing to do.
modprobe -q virtio_pci
modprobe -q virtio_console

# Prints the device of a channel, by its name, as soon as the host has announced it.
channel() {
    while :; do
        for port in /sys/class/virtio-ports/*; do
            [ -e "$port/name" ] && [ "$(cat "$port/name")" = "$1" ] && [ -c "/dev/${port##*/}" ] &&
                echo "/dev/${port##*/}" && return
        done
        sleep 0.02
    done
}
exec 3>"$(channel stdout)" 4>"$(channel stderr)" 5>"$(channel control)"

ip link set lo up
cd /root
echo "ready $token" >&5
/vm/command </dev/null >&3 2>&4 3>&- 4>&- 5>&-
status=$?
# The mark ends each stream: what a process left behind writes later is nobody's output.
printf %s "$token" >&3
printf %s "$token" >&4
echo "exit $token $status" >&5
# The host ends the machine when it has read all this.
sleep 60
poweroff -f
