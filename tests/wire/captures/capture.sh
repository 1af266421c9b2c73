#!/bin/sh
# Prints a capture of what `ip l2tp` and the kernel say to each other. README.md says how it is run.
set -eu
ip link add nlmon0 type nlmon
ip link set nlmon0 up
# The peer of tunnel 1 is tunnel 2: packets cross, and counters are not all 0.
ip address add 192.0.2.1/32 dev lo
ip address add 192.0.2.2/32 dev lo
ip address add 2001:db8::1/128 dev lo nodad
ip address add 2001:db8::2/128 dev lo nodad
# What the kernel has to load, and who asks for it, is not of interest.
modprobe l2tp_eth
modprobe l2tp_ip
modprobe l2tp_ip6
# 16 is NETLINK_GENERIC.
tcpdump -q -Z root -i nlmon0 -s 0 -U -w /tmp/capture.pcap 'ether[14:2] = 16' 2>/tmp/tcpdump.log &
tcpdump=$!
until grep -q listening /tmp/tcpdump.log; do sleep 0.1; done

ip l2tp add tunnel tunnel_id 1 peer_tunnel_id 2 encap udp local 192.0.2.1 remote 192.0.2.2 udp_sport 5001 udp_dport 5002
ip l2tp add tunnel tunnel_id 2 peer_tunnel_id 1 encap udp local 192.0.2.2 remote 192.0.2.1 udp_sport 5002 udp_dport 5001 udp_csum on
ip l2tp add tunnel tunnel_id 3 peer_tunnel_id 4 encap udp local 2001:db8::1 remote 2001:db8::2 udp_sport 5003 udp_dport 5004
ip l2tp add tunnel tunnel_id 4 peer_tunnel_id 3 encap udp local 2001:db8::2 remote 2001:db8::1 udp_sport 5004 udp_dport 5003 udp6_csum_tx off udp6_csum_rx off
ip l2tp add tunnel tunnel_id 5 peer_tunnel_id 6 encap ip local 192.0.2.1 remote 192.0.2.2
ip l2tp add tunnel tunnel_id 7 peer_tunnel_id 4294967295 encap ip local 2001:db8::1 remote 2001:db8::2
ip l2tp add session tunnel_id 1 session_id 10 peer_session_id 20
ip l2tp add session tunnel_id 2 session_id 20 peer_session_id 10
ip l2tp add session tunnel_id 3 session_id 30 peer_session_id 40 name left cookie 01234567 peer_cookie 0123456789abcdef seq both l2spec_type none
ip l2tp add session tunnel_id 4 session_id 40 peer_session_id 30 name right cookie 0123456789abcdef peer_cookie 01234567 seq both l2spec_type none
ip l2tp add session tunnel_id 5 session_id 50 peer_session_id 60 seq send
ip l2tp add session tunnel_id 7 session_id 70 peer_session_id 80 seq recv l2spec_type default
! ip l2tp add tunnel tunnel_id 1 peer_tunnel_id 2 encap ip local 192.0.2.1 remote 192.0.2.2 2>/dev/null
for end in l2tpeth0 l2tpeth1 left right; do
    ip link set $end up
done
ping -c 3 -i 0.2 -W 1 ff02::1%left >/dev/null 2>&1 || true
sleep 2
ip l2tp show tunnel >/dev/null
ip l2tp show tunnel tunnel_id 7 >/dev/null
ip l2tp show session >/dev/null
ip l2tp show session tunnel_id 4 session_id 40 >/dev/null
ip l2tp del session tunnel_id 7 session_id 70
ip l2tp del tunnel tunnel_id 7
! ip l2tp del session tunnel_id 1 session_id 99 2>/dev/null

sleep 0.5
kill $tcpdump
wait $tcpdump || true
cat /tmp/capture.pcap
