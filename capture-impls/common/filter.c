// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "capture-impls/common/filter.h"
#include "harness/record/settings.h"

#define WHOLE 262144 /* bytes kept of an accepted frame: all of it */

_Static_assert(sizeof(struct sock_filter) == sizeof(struct bpf_insn), "the kernel takes libpcap's instructions");

static int compile(const char *text, struct bpf_program *code, struct err *e)
{
	pcap_t *p = pcap_open_dead(DLT_EN10MB, WHOLE);
	int r;

	if (!p)
		return err_set(e, -ENOMEM, "filter: no memory");
	r = pcap_compile(p, code, text, 1, PCAP_NETMASK_UNKNOWN);
	if (r)
		r = err_set(e, -EINVAL, FILTER_KEY "=%s: does not compile: %s", text, pcap_geterr(p));
	pcap_close(p);
	return r;
}

int filter_check(const struct trial *t, struct err *e)
{
	const struct capture_ops *ops = capture_lowest(capture_find(t->capture), t);
	const char *text = trial_get(t, FILTER_KEY);
	struct bpf_program code;
	int r;

	if (!text)
		return 0;
	if (!(ops->caps & CAPTURE_FILTERS))
		return err_set(e, -EINVAL, FILTER_KEY "=%s: %s cannot filter", text, ops->name);
	r = compile(text, &code, e);
	if (!r)
		pcap_freecode(&code);
	return r;
}

int filter_compile(struct capture *c, struct sock_fprog *program)
{
	const char *text = trial_get(c->trial, FILTER_KEY);
	struct bpf_program code;
	int r;

	*program = (struct sock_fprog) { 0 };
	r = text ? compile(text, &code, &c->err) : 0;
	if (r || !text)
		return r;
	program->filter = malloc(code.bf_len * sizeof(struct sock_filter));
	if (program->filter) {
		memcpy(program->filter, code.bf_insns, code.bf_len * sizeof(struct sock_filter));
		program->len = (unsigned short)code.bf_len;
	}
	pcap_freecode(&code);
	return program->filter ? 0 : err_set(&c->err, -ENOMEM, "filter: no memory");
}

void filter_free(struct sock_fprog *program)
{
	free(program->filter);
	*program = (struct sock_fprog) { 0 };
}

int filter_attach(struct capture *c, int fd)
{
	struct sock_fprog program;
	int r = filter_compile(c, &program);

	if (!r && program.len && setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)))
		r = err_sys(&c->err, "%s: filter", c->ops->name);
	filter_free(&program);
	return r;
}
