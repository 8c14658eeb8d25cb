/* SPDX-License-Identifier: GPL-2.0-only */
/* What the socket family's test programs share: sockets, options, frames. */
#ifndef GUEST_PF_H
#define GUEST_PF_H

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kmod/tests/guest.h"
#include "kmod/uapi/pf_zerocopy.h"

#define IN "pf0" /* captured on */
#define OUT "pf1" /* the other end of the pair */
#define SLOTS 64

/* What a call that should fail failed with. */
#define ERR(call) ((call) < 0 ? errno : 0)

static inline int pf_family(void)
{
	FILE *f = fopen(ZEROCOPY_FAMILY_FILE, "re");
	int family = 0;

	if (!f || fscanf(f, "%d", &family) != 1)
		family = PF_ZEROCOPY;
	if (f)
		fclose(f);
	return family;
}

static inline int pf_socket(void)
{
	return socket(pf_family(), SOCK_RAW | SOCK_CLOEXEC, 0);
}

static inline int pf_set(int fd, int name, const void *value, socklen_t bytes)
{
	return setsockopt(fd, SOL_ZEROCOPY, name, value, bytes) == 0 ? 0 : -errno;
}

static inline int pf_get(int fd, int name, void *value, socklen_t bytes)
{
	return getsockopt(fd, SOL_ZEROCOPY, name, value, &bytes) == 0 ? (int)bytes : -errno;
}

static inline int pf_setup(int fd, uint32_t flags, uint32_t slots)
{
	struct ykvm_setup s = { .abi = YKVM_ABI, .flags = flags, .slots = slots };

	return pf_set(fd, ZEROCOPY_SETUP, &s, sizeof(s));
}

static inline int pf_bind_flags(int fd, unsigned int ifindex, unsigned int flags)
{
	struct sockaddr_zerocopy a = { .sz_family = (uint16_t)pf_family(),
				       .sz_ifindex = ifindex,
				       .sz_flags = (uint16_t)flags };

	return bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0 ? 0 : -errno;
}

static inline int pf_bind(int fd, const char *name)
{
	return pf_bind_flags(fd, if_nametoindex(name), 0);
}

static inline int pf_error(int fd)
{
	socklen_t bytes = sizeof(int);
	int error = -1;

	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &bytes);
	return error;
}

static inline int pf_events(int fd, int timeout_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT | POLLRDHUP };

	return poll(&p, 1, timeout_ms) >= 0 ? p.revents : -errno;
}

/* A frame of `bytes` whose payload is all `tag`. */
static inline void pf_fill(uint8_t *frame, size_t bytes, int tag)
{
	memcpy(frame, "\2\0\0\0\0\x09\2\0\0\0\0\x08\x88\xb5", 14);
	memset(frame + 14, tag, bytes - 14);
}

static inline bool pf_is(const uint8_t *frame, size_t bytes, int tag)
{
	uint8_t want[16384];

	pf_fill(want, bytes, tag);
	return memcmp(frame, want, bytes) == 0;
}

/* n frames, tagged from 0 on. */
static inline void pf_frames(int sender, int n, size_t bytes)
{
	uint8_t frame[16384];
	int i;

	for (i = 0; i < n; i++) {
		pf_fill(frame, bytes, i);
		if (send(sender, frame, bytes, 0) != (ssize_t)bytes)
			perror("# send");
	}
	usleep(20000);
}

/* A child that does what fn does some 100 ms from now. */
static inline pid_t pf_later(void (*fn)(int arg), int arg)
{
	pid_t child = fork();

	if (child == 0) {
		usleep(100000);
		fn(arg);
		_exit(0);
	}
	return child;
}

#endif
