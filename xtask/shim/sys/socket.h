/*
 * linux/if.h takes struct sockaddr from the C library. Nothing that is generated depends on
 * it, so this stands in and keeps the machine's C library out of the result.
 */
#include <linux/socket.h>

struct sockaddr {
	__kernel_sa_family_t	sa_family;
	char			sa_data[14];
};
