// SPDX-License-Identifier: GPL-2.0-only
/* The commands of uapi/kcap.h, and the end of a socket that owns attachments. */
#include <linux/random.h>
#include <linux/rtnetlink.h>
#include <net/genetlink.h>

#include "compat.h"
#include "internal.h"

static struct genl_family family;

/* NLA_POLICY_RANGE holds 16 bits with sign. Not const: 6.1 points to them as if it wrote. */
static struct netlink_range_validation interval_range = {
	.min = KCAP_INTERVAL_MIN_MS,
	.max = KCAP_INTERVAL_MAX_MS,
};
static struct netlink_range_validation flows_range = { .max = KCAP_FLOWS_MAX };

static const struct nla_policy attach_policy[KCAP_A_ALGORITHM + 1] = {
	[KCAP_A_IFINDEX] = { .type = NLA_U32 },
	[KCAP_A_FLAGS] = NLA_POLICY_MASK(NLA_U32, KCAP_FLAG_TAP),
	[KCAP_A_INTERVAL_MS] = NLA_POLICY_FULL_RANGE(NLA_U32, &interval_range),
	[KCAP_A_FLOWS] = NLA_POLICY_FULL_RANGE(NLA_U32, &flows_range),
	[KCAP_A_HASH_KEY] = NLA_POLICY_EXACT_LEN(KCAP_HASH_KEY_BYTES),
	[KCAP_A_PATTERN] = { .type = NLA_BINARY, .len = KCAP_PATTERN_MAX },
	[KCAP_A_ALGORITHM] = NLA_POLICY_MAX(NLA_U32, KCAP_KMP),
};

static const struct nla_policy ifindex_policy[KCAP_A_IFINDEX + 1] = {
	[KCAP_A_IFINDEX] = { .type = NLA_U32 },
};

/* Under kcap_mutex. NULL: nothing is attached there. */
static struct kcap *find(const struct net *net, u32 ifindex)
{
	struct kcap *k;

	list_for_each_entry (k, &kcap_list, list)
		if (net_eq(k->net, net) && k->dev->ifindex == ifindex)
			return k;
	return NULL;
}

/* Under kcap_mutex. Of this request's interface. */
static struct kcap *find_requested(struct genl_info *info)
{
	struct kcap *k;

	if (GENL_REQ_ATTR_CHECK(info, KCAP_A_IFINDEX))
		return ERR_PTR(-EINVAL);
	k = find(genl_info_net(info), nla_get_u32(info->attrs[KCAP_A_IFINDEX]));
	if (!k)
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[KCAP_A_IFINDEX], "nothing is attached there");
	return k ? k : ERR_PTR(-ENOENT);
}

static struct kcap *find_owned(struct genl_info *info)
{
	struct kcap *k = find_requested(info);

	if (IS_ERR(k) || k->portid == info->snd_portid)
		return k;
	NL_SET_ERR_MSG(info->extack, "the attachment is another socket's");
	return ERR_PTR(-EPERM);
}

static u32 u32_or(const struct nlattr *attr, u32 otherwise)
{
	return attr ? nla_get_u32(attr) : otherwise;
}

static int set_pattern(struct kcap *k, struct genl_info *info)
{
	const struct nlattr *pattern = info->attrs[KCAP_A_PATTERN], *algorithm = info->attrs[KCAP_A_ALGORITHM];

	if (!pattern && algorithm) {
		NL_SET_ERR_MSG_ATTR(info->extack, algorithm, "an algorithm needs a pattern");
		return -EINVAL;
	}
	if (!pattern)
		return 0;
	if (!nla_len(pattern)) {
		NL_SET_ERR_MSG_ATTR(info->extack, pattern, "the pattern is empty");
		return -EINVAL;
	}
	k->match.length = nla_len(pattern);
	memcpy(k->match.pattern, nla_data(pattern), k->match.length);
	k->match.algorithm = u32_or(algorithm, KCAP_HORSPOOL);
	return kcap_match_init(&k->match);
}

static int set_flows(struct kcap *k, struct genl_info *info)
{
	const struct nlattr *key = info->attrs[KCAP_A_HASH_KEY];

	BUILD_BUG_ON(sizeof(k->key) > KCAP_HASH_KEY_BYTES);
	k->n_flows = u32_or(info->attrs[KCAP_A_FLOWS], 0);
	if (key && !k->n_flows) {
		NL_SET_ERR_MSG_ATTR(info->extack, key, "a key needs flows");
		return -EINVAL;
	}
	if (key)
		memcpy(&k->key, nla_data(key), sizeof(k->key));
	else if (k->n_flows)
		get_random_bytes(&k->key, sizeof(k->key));
	return 0;
}

static int set_up(struct kcap *k, struct genl_info *info)
{
	int ret;

	k->flags = u32_or(info->attrs[KCAP_A_FLAGS], 0);
	k->interval_ms = u32_or(info->attrs[KCAP_A_INTERVAL_MS], KCAP_INTERVAL_MS);
	k->net = genl_info_net(info);
	k->portid = info->snd_portid;
	ret = set_flows(k, info);
	if (!ret)
		ret = set_pattern(k, info);
	if (ret)
		return ret;
	RCU_INIT_POINTER(k->books, kcap_books_new(k->n_flows));
	return rcu_access_pointer(k->books) ? 0 : -ENOMEM;
}

static int attach(struct kcap *k, struct genl_info *info)
{
	u32 ifindex = nla_get_u32(info->attrs[KCAP_A_IFINDEX]);
	struct net_device *dev;
	int ret = -ENODEV;

	rtnl_lock();
	mutex_lock(&kcap_mutex);
	dev = __dev_get_by_index(genl_info_net(info), ifindex);
	if (dev)
		ret = kcap_attach(k, dev);
	mutex_unlock(&kcap_mutex);
	rtnl_unlock();
	if (ret == -ENODEV)
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[KCAP_A_IFINDEX], "no such interface");
	else if (ret == -EINVAL)
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[KCAP_A_IFINDEX], "not an Ethernet interface");
	else if (ret == -EBUSY)
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[KCAP_A_IFINDEX], "the interface has an rx_handler");
	return ret;
}

static int attach_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct kcap *k;
	int ret;

	if (GENL_REQ_ATTR_CHECK(info, KCAP_A_IFINDEX))
		return -EINVAL;
	k = kcap_alloc();
	if (!k)
		return -ENOMEM;
	ret = set_up(k, info);
	if (!ret)
		ret = attach(k, info);
	if (ret)
		kcap_free(k);
	return ret;
}

static int detach_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct kcap *k;

	rtnl_lock();
	mutex_lock(&kcap_mutex);
	k = find_owned(info);
	if (!IS_ERR(k))
		kcap_detach(k);
	mutex_unlock(&kcap_mutex);
	rtnl_unlock();
	return PTR_ERR_OR_ZERO(k);
}

static int reset_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct kcap *k;
	int ret;

	mutex_lock(&kcap_mutex);
	k = find_owned(info);
	ret = IS_ERR(k) ? PTR_ERR(k) : kcap_reset(k);
	mutex_unlock(&kcap_mutex);
	return ret;
}

static int put_all(struct sk_buff *msg, struct genl_info *info, const struct kcap *k)
{
	void *header = genlmsg_put_reply(msg, info, &family, 0, KCAP_CMD_GET);

	if (!header || !kcap_report(msg, k))
		return -EMSGSIZE;
	genlmsg_end(msg, header);
	return 0;
}

static int get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	struct kcap *k;
	int ret;

	if (!msg)
		return -ENOMEM;
	mutex_lock(&kcap_mutex);
	k = find_requested(info);
	ret = IS_ERR(k) ? PTR_ERR(k) : put_all(msg, info, k);
	mutex_unlock(&kcap_mutex);
	if (!ret)
		return genlmsg_reply(msg, info);
	nlmsg_free(msg);
	return ret;
}

static bool put_flow(struct sk_buff *msg, struct netlink_callback *cb, const struct kcap_flow *f)
{
	void *header = genlmsg_put(msg, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &family, NLM_F_MULTI,
				   KCAP_CMD_GET_FLOWS);
	struct nlattr *nest;

	if (!header)
		return false;
	genl_dump_check_consistent(cb, header);
	nest = nla_nest_start(msg, KCAP_A_FLOW);
	if (!nest || !kcap_report_flow(msg, f)) {
		genlmsg_cancel(msg, header);
		return false;
	}
	nla_nest_end(msg, nest);
	genlmsg_end(msg, header);
	return true;
}

/* Goes on at args[0]. A reset between two parts has made other books: the reader is told that it was interrupted. */
static int dump_flows(struct sk_buff *msg, struct netlink_callback *cb, const struct kcap *k)
{
	const struct kcap_flows *f = &kcap_books(k)->flows;
	u32 used = kcap_flows_used(f);

	cb->seq = k->generation;
	for (; cb->args[0] < used; cb->args[0]++)
		if (!put_flow(msg, cb, &f->flows[cb->args[0]]))
			break;
	return msg->len;
}

static int flows_dumpit(struct sk_buff *msg, struct netlink_callback *cb)
{
	struct nlattr *ifindex = genl_info_dump(cb)->attrs[KCAP_A_IFINDEX];
	struct kcap *k;
	int ret = -ENOENT;

	if (!ifindex) {
		NL_SET_ERR_MSG(cb->extack, "an interface is needed");
		return -EINVAL;
	}
	mutex_lock(&kcap_mutex);
	k = find(sock_net(msg->sk), nla_get_u32(ifindex));
	if (k)
		ret = dump_flows(msg, cb, k);
	mutex_unlock(&kcap_mutex);
	return ret;
}

/* GENL_ADMIN_PERM asks for the capability in the initial user namespace, of the socket's opener and of the sender. */
static const struct genl_ops ops[] = {
	{
		.cmd = KCAP_CMD_ATTACH,
		.flags = GENL_ADMIN_PERM,
		.policy = attach_policy,
		.maxattr = ARRAY_SIZE(attach_policy) - 1,
		.doit = attach_doit,
	},
	{
		.cmd = KCAP_CMD_DETACH,
		.flags = GENL_ADMIN_PERM,
		.policy = ifindex_policy,
		.maxattr = ARRAY_SIZE(ifindex_policy) - 1,
		.doit = detach_doit,
	},
	{
		.cmd = KCAP_CMD_RESET,
		.flags = GENL_ADMIN_PERM,
		.policy = ifindex_policy,
		.maxattr = ARRAY_SIZE(ifindex_policy) - 1,
		.doit = reset_doit,
	},
	{
		.cmd = KCAP_CMD_GET,
		.flags = GENL_ADMIN_PERM,
		.policy = ifindex_policy,
		.maxattr = ARRAY_SIZE(ifindex_policy) - 1,
		.doit = get_doit,
	},
	{
		.cmd = KCAP_CMD_GET_FLOWS,
		.flags = GENL_ADMIN_PERM,
		.policy = ifindex_policy,
		.maxattr = ARRAY_SIZE(ifindex_policy) - 1,
		.dumpit = flows_dumpit,
	},
};

static struct genl_family family __ro_after_init = {
	.name = KCAP_FAMILY,
	.version = KCAP_VERSION,
	.module = THIS_MODULE,
	.netnsok = true, /* GENL_ADMIN_PERM keeps a container's root out */
	.parallel_ops = true, /* kcap_mutex is enough */
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
};

/* Asked of every socket of generic netlink that is closed: most have nothing, and must not wait for RTNL. */
static bool owns_any(const struct net *net, u32 portid)
{
	struct kcap *k;
	bool found = false;

	mutex_lock(&kcap_mutex);
	list_for_each_entry (k, &kcap_list, list)
		found |= net_eq(k->net, net) && k->portid == portid;
	mutex_unlock(&kcap_mutex);
	return found;
}

/* A socket has gone, however its process ended: what it attached goes too. */
static int netlink_event(struct notifier_block *nb, unsigned long event, void *data)
{
	const struct netlink_notify *n = data;
	struct kcap *k, *next;

	if (event != NETLINK_URELEASE || n->protocol != NETLINK_GENERIC || !owns_any(n->net, n->portid))
		return NOTIFY_DONE;
	rtnl_lock();
	mutex_lock(&kcap_mutex);
	list_for_each_entry_safe (k, next, &kcap_list, list)
		if (net_eq(k->net, n->net) && k->portid == n->portid)
			kcap_detach(k);
	mutex_unlock(&kcap_mutex);
	rtnl_unlock();
	return NOTIFY_DONE;
}

static struct notifier_block netlink_notifier = { .notifier_call = netlink_event };

int __init kcap_netlink_init(void)
{
	int ret = netlink_register_notifier(&netlink_notifier);

	if (ret)
		return ret;
	ret = genl_register_family(&family);
	if (ret)
		netlink_unregister_notifier(&netlink_notifier);
	return ret;
}

void kcap_netlink_uninit(void)
{
	genl_unregister_family(&family);
	netlink_unregister_notifier(&netlink_notifier);
}
