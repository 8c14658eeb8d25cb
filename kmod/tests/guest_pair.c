// SPDX-License-Identifier: GPL-2.0-only
/* See guest_pair.h. */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kmod/tests/guest_pair.h"

static int sender;

void pair_fill(uint8_t *f, unsigned int number, size_t bytes)
{
	static const uint8_t head[] = { 2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 8, TYPE >> 8, TYPE & 0xff };

	memcpy(f, head, sizeof(head));
	memset(f + sizeof(head), (int)number, bytes - sizeof(head));
}

void pair_transmit(const uint8_t *f, size_t bytes)
{
	if (send(sender, f, bytes, 0) != (ssize_t)bytes)
		perror("# send");
}

void pair_send(unsigned int n, size_t bytes)
{
	uint8_t f[9000];
	unsigned int i;

	for (i = 0; i < n; i++) {
		pair_fill(f, i, bytes);
		pair_transmit(f, bytes);
	}
	usleep(20000);
}

int pair_bind(const struct guest_ring *g, uint32_t flags, uint32_t member, uint32_t members)
{
	struct ykvm_bind b = { .ifindex = if_nametoindex(IN), .flags = flags, .member = member, .members = members };

	return guest_ioctl(g->fd, YKVM_BIND, &b);
}

void pair_ring(struct guest_ring *g, struct ykvm_setup want, uint32_t flags)
{
	if (guest_open(g, &want) && pair_bind(g, flags, 0, 1) == 0)
		return;
	printf("Bail out! no ring: %s\n", strerror(errno));
	exit(1);
}

int pair_stack_count(int fd)
{
	uint8_t f[9100];
	int n = 0;

	while (recv(fd, f, sizeof(f), 0) > 0)
		n++;
	return n;
}

int pair_begin(void)
{
	if (access(YKVM_DEVICE, F_OK) != 0) {
		printf("1..0 # SKIP no %s\n", YKVM_DEVICE);
		return 77;
	}
	if (guest_veth_add(IN, OUT) != 0 || guest_link_mtu(IN, 9000) != 0 || guest_link_mtu(OUT, 9000) != 0) {
		printf("Bail out! no veth pair\n");
		return 1;
	}
	sender = guest_sender(OUT);
	usleep(20000);
	return 0;
}

int pair_end(void)
{
	guest_link_delete(IN);
	return guest_checked();
}
