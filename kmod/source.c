// SPDX-License-Identifier: GPL-2.0-only
/* Sources: interfaces whose drivers put frames into clients' buffers themselves. */
#include <linux/bottom_half.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "internal.h"

struct ykvm_source {
	struct list_head list;
	struct net_device *dev;
	const struct ykvm_source_ops *ops;
	u32 queues;
	u32 members; /* that its clients agreed on */
	u32 bound;
	struct ykvm_client *client[]; /* queues */
};

static LIST_HEAD(sources); /* under RTNL */

static struct ykvm_source *source_of(const struct net_device *dev)
{
	struct ykvm_source *s;

	list_for_each_entry (s, &sources, list)
		if (s->dev == dev)
			return s;
	return NULL;
}

int ykvm_source_register(struct net_device *dev, const struct ykvm_source_ops *ops, u32 queues)
{
	struct ykvm_source *s;

	ASSERT_RTNL();
	if (!queues || source_of(dev))
		return -EINVAL;
	s = kzalloc(struct_size(s, client, queues), GFP_KERNEL);
	if (!s)
		return -ENOMEM;
	s->dev = dev;
	s->ops = ops;
	s->queues = queues;
	list_add_tail(&s->list, &sources);
	return 0;
}
EXPORT_SYMBOL_GPL(ykvm_source_register);

void ykvm_source_unregister(struct net_device *dev)
{
	struct ykvm_source *s;
	u32 i;

	ASSERT_RTNL();
	s = source_of(dev);
	if (!s)
		return;
	for (i = 0; i < s->queues; i++) {
		struct ykvm_client *c = s->client[i]; /* stays: it would have to unbind, which takes RTNL */

		if (!c)
			continue;
		mutex_lock(&c->mutex);
		ykvm_bind_undo(c, YKVM_STATUS_GONE);
		mutex_unlock(&c->mutex);
	}
	list_del(&s->list);
	kfree(s);
}
EXPORT_SYMBOL_GPL(ykvm_source_unregister);

int ykvm_source_attach(struct net_device *dev, struct ykvm_client *c, const struct ykvm_bind *b)
{
	struct ykvm_source *s = source_of(dev);
	int ret;

	ASSERT_RTNL();
	lockdep_assert_held(&c->mutex);
	if (!s || b->flags & YKVM_BIND_TAP)
		return -EOPNOTSUPP;
	if (!c->ring.newest || b->members > s->queues)
		return -EINVAL;
	if (s->client[b->member] || (s->bound && s->members != b->members))
		return -EBUSY;
	ret = s->ops->attach(dev, b->member, c);
	if (ret)
		return ret;
	s->client[b->member] = c;
	s->members = b->members;
	s->bound++;
	c->source = s;
	return 0;
}

void ykvm_source_detach(struct ykvm_client *c)
{
	struct ykvm_source *s = c->source;

	ASSERT_RTNL();
	lockdep_assert_held(&c->mutex);
	s->ops->detach(s->dev, c->member);
	s->client[c->member] = NULL;
	s->bound--;
	c->source = NULL;
}

void ykvm_source_kick(struct ykvm_client *c)
{
	c->source->ops->kick(c->source->dev, c->member);
}

int ykvm_source_send(struct ykvm_client *c, const struct ykvm_tx *tx, u32 n)
{
	lockdep_assert_held(&c->mutex);
	return c->source->ops->send(c->source->dev, c->member, tx, n);
}
