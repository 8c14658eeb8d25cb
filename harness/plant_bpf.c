// SPDX-License-Identifier: GPL-2.0-or-later
/* The programs of planted faults, assembled by hand, and how they come to where they work. */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness/plant.h"
#include "harness/sink.h"

#define PAYLOAD_OFF SINK_HEAD_BYTES
#define FDS 1024

#define INSN(c, d, s, o, i) \
	((struct bpf_insn) { .code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (int)(i) })
#define MOV(d, s) INSN(BPF_ALU64 | BPF_MOV | BPF_X, d, s, 0, 0)
#define MOVI(d, i) INSN(BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, i)
#define ALUI(op, d, i) INSN(BPF_ALU64 | (op) | BPF_K, d, 0, 0, i)
#define LDX(size, d, s, o) INSN(BPF_LDX | BPF_MEM | (size), d, s, o, 0)
#define STX(size, d, s, o) INSN(BPF_STX | BPF_MEM | (size), d, s, o, 0)
#define STI(size, d, o, i) INSN(BPF_ST | BPF_MEM | (size), d, 0, o, i)
#define BE32(d) INSN(BPF_ALU | BPF_END | BPF_TO_BE, d, 0, 0, 32)
#define CALL(f) INSN(BPF_JMP | BPF_CALL, 0, 0, 0, f)
#define EXIT INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)
/* 32-bit comparisons: an immediate of 64 would be sign-extended. Jumps over so many instructions. */
#define JNE(d, i, over) INSN(BPF_JMP32 | BPF_JNE | BPF_K, d, 0, over, i)
#define JLT(d, i, over) INSN(BPF_JMP32 | BPF_JLT | BPF_K, d, 0, over, i)
#define JGT(d, i, over) INSN(BPF_JMP32 | BPF_JGT | BPF_K, d, 0, over, i)

#define PROGRAM_MAX 48
#define TAIL_INSNS 2 /* of every program: it does nothing to other frames */

struct program {
	struct bpf_insn insn[PROGRAM_MAX];
	uint32_t n;
};

static void add(struct program *p, struct bpf_insn i)
{
	p->insn[p->n++] = i;
}

static int bpf(int command, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static int load(const struct program *p, enum bpf_prog_type type, struct err *e)
{
	static char log[16384];
	union bpf_attr attr = {
		.prog_type = type,
		.insns = (uintptr_t)p->insn,
		.insn_cnt = p->n,
		.license = (uintptr_t) "GPL",
		.log_buf = (uintptr_t)log,
		.log_size = sizeof(log),
		.log_level = 1,
	};
	int fd = bpf(BPF_PROG_LOAD, &attr);

	return fd < 0 ? err_sys(e, "plant: the kernel refuses the program: %.200s", log) : fd;
}

/* Every jump that was added with over = 0 goes to the tail. */
static void finish(struct program *p, int others)
{
	uint32_t i;

	for (i = 0; i < p->n; i++)
		if (BPF_CLASS(p->insn[i].code) == BPF_JMP32 && !p->insn[i].off)
			p->insn[i].off = (int16_t)(p->n - i - 1);
	add(p, MOVI(BPF_REG_0, others));
	add(p, EXIT);
}

static void add_range(struct program *p, int reg, const struct plant *plant)
{
	add(p, JLT(reg, plant->first, 0));
	add(p, JGT(reg, plant->last, 0));
}

/* r6 = the frame, r7 = its number; other frames go to the tail. */
static void add_egress_head(struct program *p, const struct plant *plant)
{
	add(p, MOV(BPF_REG_6, BPF_REG_1));
	add(p, INSN(BPF_LD | BPF_ABS | BPF_W, 0, 0, 0, SINK_OFF_MAGIC));
	add(p, JNE(BPF_REG_0, SINK_MAGIC, 0));
	add(p, INSN(BPF_LD | BPF_ABS | BPF_W, 0, 0, 0, SINK_OFF_SEQ));
	add(p, MOV(BPF_REG_7, BPF_REG_0));
	add_range(p, BPF_REG_7, plant);
}

/* Stores what lies at the end of the stack into the frame. */
static void add_store(struct program *p, int to, int bytes)
{
	add(p, MOV(BPF_REG_1, BPF_REG_6));
	add(p, MOVI(BPF_REG_2, to));
	add(p, MOV(BPF_REG_3, BPF_REG_10));
	add(p, ALUI(BPF_ADD, BPF_REG_3, -bytes));
	add(p, MOVI(BPF_REG_4, bytes));
	add(p, MOVI(BPF_REG_5, 0));
	add(p, CALL(BPF_FUNC_skb_store_bytes));
}

static void add_flip(struct program *p)
{
	add(p, STI(BPF_B, BPF_REG_10, -1, 1)); /* pktgen's payload is all zero */
	add_store(p, PAYLOAD_OFF, 1);
}

static void add_swap(struct program *p, const struct plant *plant)
{
	add(p, ALUI(BPF_SUB, BPF_REG_7, plant->first));
	add(p, ALUI(BPF_XOR, BPF_REG_7, 1));
	add(p, ALUI(BPF_ADD, BPF_REG_7, plant->first));
	add(p, BE32(BPF_REG_7));
	add(p, STX(BPF_W, BPF_REG_10, BPF_REG_7, -4));
	add_store(p, SINK_OFF_SEQ, 4);
}

static int egress_load(const struct plant *plant, struct err *e)
{
	struct program p = { .n = 0 };

	add_egress_head(&p, plant);
	if (plant->kind == PLANT_SWALLOW) {
		add(&p, MOVI(BPF_REG_0, TC_ACT_STOLEN));
		add(&p, EXIT);
	} else if (plant->kind == PLANT_FLIP) {
		add_flip(&p);
	} else {
		add_swap(&p, plant);
	}
	finish(&p, TC_ACT_OK);
	return load(&p, BPF_PROG_TYPE_SCHED_CLS, e);
}

static int talk(struct nlmsghdr *nlh, struct err *e)
{
	struct mnl_socket *nl = mnl_socket_open(NETLINK_ROUTE);
	char answer[8192];
	ssize_t n = -1;

	nlh->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	if (nl && mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) == 0 && mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) > 0)
		n = mnl_socket_recvfrom(nl, answer, sizeof(answer));
	if (n > 0)
		n = mnl_cb_run(answer, n, nlh->nlmsg_seq, mnl_socket_get_portid(nl), NULL, NULL);
	if (n < 0)
		err_sys(e, "plant: rtnetlink");
	if (nl)
		mnl_socket_close(nl);
	return n < 0 ? -EIO : 0;
}

static struct nlmsghdr *tc_message(char *buffer, uint16_t type, uint16_t flags, int ifindex, uint32_t parent)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	struct tcmsg *tc;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = flags;
	tc = mnl_nlmsg_put_extra_header(nlh, sizeof(*tc));
	tc->tcm_family = AF_UNSPEC;
	tc->tcm_ifindex = ifindex;
	tc->tcm_parent = parent;
	return nlh;
}

static struct nlmsghdr *clsact_message(char *buffer, uint16_t type, uint16_t flags, const char *ifname)
{
	struct nlmsghdr *nlh = tc_message(buffer, type, flags, (int)if_nametoindex(ifname), TC_H_CLSACT);
	struct tcmsg *tc = mnl_nlmsg_get_payload(nlh);

	tc->tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
	mnl_attr_put_strz(nlh, TCA_KIND, "clsact");
	return nlh;
}

/* Undo step: the hooks of an interface go, and with them their program. */
static int clsact_remove(const char *target, const char *value, struct err *e)
{
	char buffer[1024];

	(void)value;
	return talk(clsact_message(buffer, RTM_DELQDISC, 0, target), e);
}

static int clsact_add(const char *ifname, struct err *e)
{
	char buffer[1024];

	return talk(clsact_message(buffer, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, ifname), e);
}

/* Undo step: the interface's usual queueing discipline comes back. */
static int netem_remove(const char *target, const char *value, struct err *e)
{
	char buffer[1024];

	(void)value;
	return talk(tc_message(buffer, RTM_DELQDISC, 0, (int)if_nametoindex(target), TC_H_ROOT), e);
}

/* A program that clones would hit a BUG_ON() of pskb_expand_head(): pktgen keeps a reference to its frames. */
int plant_netem(const char *ifname, struct undo *u, struct err *e)
{
	const struct tc_netem_qopt always = { .limit = 1000, .duplicate = UINT32_MAX };
	char buffer[1024];
	struct nlmsghdr *nlh =
		tc_message(buffer, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, (int)if_nametoindex(ifname), TC_H_ROOT);
	int r = undo_push(u, netem_remove, ifname, "");

	mnl_attr_put_strz(nlh, TCA_KIND, "netem");
	mnl_attr_put(nlh, TCA_OPTIONS, sizeof(always), &always);
	return r ? r : talk(nlh, e);
}

static int filter_add(const char *ifname, int program, struct err *e)
{
	char buffer[1024];
	struct nlmsghdr *nlh = tc_message(buffer, RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL,
					  (int)if_nametoindex(ifname), TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS));
	struct tcmsg *tc = mnl_nlmsg_get_payload(nlh);
	struct nlattr *options;

	tc->tcm_info = TC_H_MAKE(1 << 16, htons(ETH_P_ALL));
	mnl_attr_put_strz(nlh, TCA_KIND, "bpf");
	options = mnl_attr_nest_start(nlh, TCA_OPTIONS);
	mnl_attr_put_u32(nlh, TCA_BPF_FD, (uint32_t)program);
	mnl_attr_put_strz(nlh, TCA_BPF_NAME, "plant");
	mnl_attr_put_u32(nlh, TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT);
	mnl_attr_nest_end(nlh, options);
	return talk(nlh, e);
}

int plant_egress(const struct plant *p, const char *ifname, struct undo *u, struct err *e)
{
	int program = egress_load(p, e), r;

	if (program < 0)
		return program;
	r = undo_push(u, clsact_remove, ifname, "");
	r = r ? r : clsact_add(ifname, e);
	r = r ? r : filter_add(ifname, program, e);
	close(program);
	return r;
}

int plant_xdp(struct plant *plant, const char *ifname, struct err *e)
{
	struct program p = { .n = 0 };
	union bpf_attr attr = { 0 };
	int fd;

	add(&p, LDX(BPF_W, BPF_REG_2, BPF_REG_1, offsetof(struct xdp_md, data)));
	add(&p, LDX(BPF_W, BPF_REG_3, BPF_REG_1, offsetof(struct xdp_md, data_end)));
	add(&p, MOV(BPF_REG_4, BPF_REG_2));
	add(&p, ALUI(BPF_ADD, BPF_REG_4, SINK_OFF_STAMP));
	/* Too short a frame: over what follows and the drop, to the tail. */
	add(&p, INSN(BPF_JMP | BPF_JGT | BPF_X, BPF_REG_4, BPF_REG_3, 9, 0));
	add(&p, LDX(BPF_W, BPF_REG_5, BPF_REG_2, SINK_OFF_MAGIC));
	add(&p, BE32(BPF_REG_5));
	add(&p, JNE(BPF_REG_5, SINK_MAGIC, 0));
	add(&p, LDX(BPF_W, BPF_REG_5, BPF_REG_2, SINK_OFF_SEQ));
	add(&p, BE32(BPF_REG_5));
	add_range(&p, BPF_REG_5, plant);
	add(&p, MOVI(BPF_REG_0, XDP_DROP));
	add(&p, EXIT);
	finish(&p, XDP_PASS);
	fd = load(&p, BPF_PROG_TYPE_XDP, e);
	if (fd < 0)
		return fd;
	attr.link_create.prog_fd = (uint32_t)fd;
	attr.link_create.target_ifindex = if_nametoindex(ifname);
	attr.link_create.attach_type = BPF_XDP;
	attr.link_create.flags = XDP_FLAGS_DRV_MODE;
	plant->xdp_link = bpf(BPF_LINK_CREATE, &attr);
	if (plant->xdp_link < 0)
		err_sys(e, "plant: %s takes no XDP program", ifname);
	close(fd);
	return plant->xdp_link < 0 ? -EIO : 0;
}

int plant_socket(const struct plant *p, struct err *e)
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

	if (p->kind != PLANT_FILTER)
		return 0;
	/* The captures keep their sockets to themselves; one that uses a library does not even know it. */
	for (fd = 0; fd < FDS; fd++) {
		socklen_t size = sizeof(domain);

		if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) || domain != AF_PACKET)
			continue;
		if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)))
			return err_sys(e, "plant: the packet socket takes no filter");
		found++;
	}
	return found ? 0 : err_set(e, -ENOENT, "plant: the capture has no packet socket");
}
