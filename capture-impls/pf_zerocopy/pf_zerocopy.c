// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pf_zerocopy: frames in memory of this process, through a socket of the family
 * that kmod/pf/ adds to the kernel. On an Intel 82576 under this project's
 * driver the NIC writes them there; on any other NIC the kernel copies.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "capture-impls/common/module.h"
#include "capture-impls/ykvm-zc/driver.h"
#include "capture-impls/ykvm/rings.h"
#include "harness/util/file.h"
#include "kmod/uapi/pf_zerocopy.h"

#define MODULE "pf_zerocopy"

struct pf_zerocopy {
	struct ykvm_rings rings; /* first */
	char driver[CAPTURE_NAME_MAX];
	uint32_t rx_usecs;
};

static const struct capture_param params[] = {
	{ "driver", PARAM_NAME, offsetof(struct pf_zerocopy, driver), "zc", 0, 0,
	  "zc: ours for the Intel 82576, no copy; stock: the machine's, one copy" },
	YKVM_PARAMS_ZC,
	{ "rx_usecs", PARAM_U32, offsetof(struct pf_zerocopy, rx_usecs), "100", 0, 8191,
	  "us: between interrupts, under driver=zc" },
	{ 0 },
};

static int probe(struct err *why)
{
	return module_probe(MODULE, why);
}

/* Writes the message with errno's text; returns -errno. */
static int failed(char *err, const char *what)
{
	int ret = -errno;

	snprintf(err, YKVM_ERR_BYTES, "%s: %s: %s", MODULE, what, strerror(errno));
	return ret;
}

static int family(void)
{
	char text[16];

	return file_get_line(ZEROCOPY_FAMILY_FILE, text, sizeof(text)) < 0 ? PF_ZEROCOPY : atoi(text);
}

static int set_up(int fd, const struct ykvm_config *cfg, struct ykvm_setup *s, struct ykvm_memory *m, char *err)
{
	socklen_t bytes = sizeof(*s);
	int ret;

	ykvm_config_setup(cfg, s);
	ret = ykvm_memory_new(m, s, cfg->huge_pages, err);
	if (ret != 0)
		return ret;
	if (setsockopt(fd, SOL_ZEROCOPY, ZEROCOPY_SETUP, s, sizeof(*s)) != 0)
		return failed(err, "a ring over memory of this process");
	return getsockopt(fd, SOL_ZEROCOPY, ZEROCOPY_SETUP, s, &bytes) ? failed(err, "what ring it is") : 0;
}

static int set_filter(int fd, const struct ykvm_config *cfg, char *err)
{
	struct ykvm_filter f = { .kind = YKVM_FILTER_CLASSIC, .len = cfg->filter_len, .insns = (uintptr_t)cfg->filter };

	if (!cfg->filter)
		return 0;
	return setsockopt(fd, SOL_ZEROCOPY, ZEROCOPY_FILTER, &f, sizeof(f)) ? failed(err, "filter") : 0;
}

static int bind_interface(int fd, const struct ykvm_config *cfg, char *err)
{
	struct sockaddr_zerocopy a = { .sz_family = (__u16)family(),
				       .sz_ifindex = if_nametoindex(cfg->interface),
				       .sz_flags = cfg->zerocopy ? YKVM_BIND_ZEROCOPY : 0 };

	return bind(fd, (struct sockaddr *)&a, sizeof(a)) ? failed(err, cfg->interface) : 0;
}

static struct ykvm *open_socket(const struct ykvm_config *cfg, char *err)
{
	int ret, fd = socket(family(), SOCK_RAW | SOCK_CLOEXEC, 0);
	struct ykvm_memory memory = { 0 };
	struct ykvm_setup setup;
	struct ykvm *y;

	ret = fd < 0 ? failed(err, "socket") : set_up(fd, cfg, &setup, &memory, err);
	if (ret != 0) {
		if (fd >= 0)
			close(fd);
		ykvm_memory_free(&memory);
		errno = -ret;
		return NULL;
	}
	y = ykvm_adopt(fd, &setup, &memory, err);
	ret = y ? set_filter(fd, cfg, err) : 0;
	ret = y && !ret ? bind_interface(fd, cfg, err) : ret;
	if (ret == 0)
		return y;
	ykvm_close(y);
	errno = -ret;
	return NULL;
}

static int check(const void *priv, struct err *e)
{
	const struct pf_zerocopy *p = priv;

	if (strcmp(p->driver, "zc") != 0 && strcmp(p->driver, "stock") != 0)
		return err_set(e, -EINVAL, MODULE ": driver=%s: must be zc or stock", p->driver);
	return ykvm_rings_check(MODULE, &p->rings, e);
}

static int open_pf(struct capture *c)
{
	struct pf_zerocopy *p = c->priv;
	bool zerocopy = strcmp(p->driver, "zc") == 0;
	int ret;

	ret = module_load(MODULE, "", c->undo, &c->err);
	if (ret == 0 && zerocopy)
		ret = ykvm_zc_take(c, p->rx_usecs);
	if (ret != 0)
		return ret;
	return ykvm_rings_open_by(c, &(struct ykvm_config) { .zerocopy = zerocopy, .user_memory = true }, open_socket);
}

const struct capture_ops capture_pf_zerocopy = {
	.name = "pf_zerocopy",
	.summary = "socket family: the NIC writes into the reader's own memory, or the kernel copies there",
	.ground = "under driver=zc its own driver has the NIC: rx_usecs is 100, and no other knob of the NIC is there",
	.caps = YKVM_CAPS_ZC,
	.priv_size = sizeof(struct pf_zerocopy),
	.params = params,
	.check = check,
	.probe = probe,
	.open = open_pf,
	YKVM_RINGS_HOOKS,
};
