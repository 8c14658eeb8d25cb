// SPDX-License-Identifier: GPL-2.0-or-later
/* The injected fault that is a socket's filter: classic BPF, which has other names than the rest. */
#include <errno.h>
#include <linux/filter.h>
#include <sys/socket.h>

#include "harness/trial/fault.h"
#include "harness/sink/sink.h"

#define FDS 1024

int fault_socket(const struct fault *p, struct err *e)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, SINK_OFF_SEQ),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, p->first, 0, 2),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, p->last, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, 0x40000),
	};
	const struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };
	int fd, domain, found = 0;

	if (p->kind != FAULT_FILTER)
		return 0;
	/* The captures keep their sockets to themselves; one that uses a library does not even know it. */
	for (fd = 0; fd < FDS; fd++) {
		socklen_t size = sizeof(domain);

		if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) || domain != AF_PACKET)
			continue;
		if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)))
			return err_sys(e, "fault: the packet socket takes no filter");
		found++;
	}
	return found ? 0 : err_set(e, -ENOENT, "fault: the capture has no packet socket");
}
