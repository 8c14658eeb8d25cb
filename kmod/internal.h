/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of ykvm.ko share and its neighbours do not see; the order of the locks is in core.h. */
#ifndef YKVM_INTERNAL_H
#define YKVM_INTERNAL_H

#include <linux/rtnetlink.h>

#include "core.h"

/* memory.c */
int ykvm_memory_default(void); /* slots, as the parameter says; -EINVAL if it says nonsense */
int ykvm_memory_make(struct ykvm_memory *m, const struct ykvm_geometry *g, const struct ykvm_setup *s);
void ykvm_memory_free(struct ykvm_memory *m);
void ykvm_memory_answer(const struct ykvm_memory *m, struct ykvm_setup *s);

/* client.c */
bool ykvm_client_use(struct ykvm_client *c); /* false: there is no memory, or it is being changed */
void ykvm_client_unuse(struct ykvm_client *c);
void ykvm_client_status(struct ykvm_client *c, u32 set, u32 clear); /* under RTNL and mutex */
void ykvm_client_each(void (*fn)(struct ykvm_client *c, void *arg), void *arg); /* each with its mutex held */

/* wake.c */
void ykvm_wake_module_init(void);
void ykvm_wake_init(struct ykvm_client *c);
void ykvm_wake_stop(struct ykvm_client *c);

/* bind.c; under RTNL and mutex */
void ykvm_bind_undo(struct ykvm_client *c, u32 status);
int ykvm_bind_init(void);
void ykvm_bind_uninit(void);

/* hook.c; under RTNL and mutex */
int ykvm_hook_attach(struct net_device *dev, struct ykvm_client *c, const struct ykvm_bind *b);
void ykvm_hook_detach(struct net_device *dev, struct ykvm_client *c);

/* source.c; under RTNL and mutex */
int ykvm_source_attach(struct net_device *dev, struct ykvm_client *c, const struct ykvm_bind *b);
void ykvm_source_detach(struct ykvm_client *c);
void ykvm_source_kick(struct ykvm_client *c);
int ykvm_source_send(struct ykvm_client *c, const struct ykvm_tx *tx, u32 n);

/* filter.c */
u32 ykvm_filter_run(struct bpf_prog *prog, struct sk_buff *skb); /* under rcu_read_lock() */
void ykvm_filter_free(struct ykvm_client *c); /* nobody runs it any more */
int ykvm_filter_init(void);
void ykvm_filter_uninit(void);

/* send.c; under mutex */
int ykvm_send(struct ykvm_client *c);

/* device.c, stats.c */
int ykvm_device_init(void);
void ykvm_device_uninit(void);
int ykvm_stats_init(void);
void ykvm_stats_uninit(void);

#endif
