/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ykvm-zc: a driver for the Intel 82576 whose queues can fill ykvm rings.
 *
 * A queue pair has one vector, one NAPI and two ways to receive: into pages of
 * its own, from which frames are copied into skbs (rx.c), or, while a ykvm
 * client is attached, into the client's buffers (ring.c). Either way buffers
 * are counted by positions that only grow: position p lies in buffer p & mask
 * and descriptor (p - base) & mask.
 *
 * Locks: RTNL for everything that is not per packet; a queue's NAPI for what
 * comes back from the NIC; zc_rx.lock for what is given to it, since a reader
 * may do so from process context; the netdev's queue lock for sending. The
 * queue lock is taken outside zc_rx.lock, and that outside ykvm_client.lock.
 *
 * A queue's NAPI belongs to the CPU that polls it, from when the bit
 * NAPI_STATE_SCHED is set until napi_complete_done(), and while the queue is
 * stopped to who holds RTNL (napi_disable() keeps the bit). Behind
 * napi_complete_done() a poll touches the NIC's registers and nothing else, and
 * queue_stop() waits for that too. netpoll polls with a budget of 0, with
 * interrupts off, in NAPI's place: it takes no lock that others hold with
 * interrupts on.
 */
#ifndef YKVM_ZC_H
#define YKVM_ZC_H

#include <linux/io.h>
#include <linux/netdevice.h>
#include <linux/pci.h>
#include <linux/u64_stats_sync.h>
#include <linux/workqueue.h>

#include "core.h"
#include "zc/regs.h"

#define ZC_NAME "ykvm-zc"
#define ZC_QUEUES_MAX 4
#define ZC_RING_MIN 64 /* powers of two */
#define ZC_RING_MAX 4096
#define ZC_RX_DEFAULT 256
#define ZC_TX_DEFAULT 256
#define ZC_BUFFER_BYTES 2048
#define ZC_MTU_MAX 9000
#define ZC_USECS_DEFAULT 50

/*
 * A way to receive. Who owns descriptor and buffer of position p:
 *
 *   p < next (a client's ring: producer)   the driver; a client's buffer: its reader until `released`, then the driver.
 *                                          It is read by the NIC while sending[] of it is not 0, and not given then
 *   next <= p < given                      the NIC, until DD is in the descriptor; then NAPI
 *   given <= p                             the driver, who gives it to the NIC under lock, if running
 *
 * `running` falls under lock and the netdev's queue lock: who has either, and finds it true, may write descriptors of
 * that kind until it lets go, and must have published what it wrote by then.
 */
struct zc_rx {
	struct zc_rx_desc *desc; /* coherent; NULL = not made */
	dma_addr_t *dma; /* of each buffer */
	u32 n;
	u32 mask;
	u32 buffer_bytes;
	bool sync; /* buffers have to be handed over to the CPU and back */
	u64 next; /* position that the NIC fills next; NAPI */
	u64 base; /* position of descriptor 0 */
	spinlock_t lock;
	bool running; /* under lock, as the next; falls under the netdev's queue lock too */
	u64 given; /* first position that the NIC does not have */
	u32 __iomem *tail;

	/* pages of the driver's own */
	struct page **pages;
	struct sk_buff *skb; /* a frame whose end has not come yet; NAPI */
	bool skip; /* the rest of a frame that cannot be had whole; NAPI */

	/* or a client's */
	struct ykvm_client *client;
	u32 n_dma; /* entries of dma[]: buffers to send from lie behind the ring's */
	u16 *sending; /* transmissions of each buffer that are under way; under lock */
	u32 n_sending; /* sum of these */
	dma_addr_t desc_dma;
};

enum zc_tx_kind { ZC_TX_NONE, ZC_TX_SKB, ZC_TX_FRAG, ZC_TX_CLIENT };

/* What was sent with a descriptor. */
struct zc_tx_buffer {
	enum zc_tx_kind kind;
	bool last; /* of its frame */
	u32 len;
	u32 buffer; /* of the client, and how many from there on */
	u32 n_buffers;
	struct sk_buff *skb;
	dma_addr_t dma;
};

/*
 * Descriptors and buffers[] from clean to next are the NIC's until their frame's last has DD, then NAPI's, which moves
 * clean. All others are who holds the netdev's queue lock's, who writes them and then moves next; while the queue is
 * stopped, RTNL's. What a descriptor of a client's frame points to is kept by zc_rx.sending.
 */
struct zc_tx {
	struct zc_tx_desc *desc; /* coherent; NULL = not made */
	dma_addr_t desc_dma;
	struct zc_tx_buffer *buffers;
	u32 n;
	u32 mask;
	u32 next; /* descriptor to use next, under the netdev's queue lock; both count on without end */
	u32 clean; /* descriptor to come back next; NAPI */
	u32 __iomem *tail;
};

struct zc_counts {
	struct u64_stats_sync sync;
	u64_stats_t rx_packets, rx_bytes, rx_no_skb;
	u64_stats_t rx_broken; /* the NIC said so */
	u64_stats_t tx_packets, tx_bytes;
	u64_stats_t tx_client; /* of these, sent by a ring's reader */
};

/*
 * NAPI's owner, as above, has rx's and tx's descriptors that came back, and both counts. rx, and what it points to, stays
 * as long as the queue is started; own and shared are RTNL's to make and free while they are not `rx` of a started queue.
 */
struct zc_queue {
	struct zc *z;
	u32 index;
	u32 vector;
	struct napi_struct napi;
	struct zc_rx *rx; /* the one in use: own or shared; changes under RTNL while NAPI is off */
	bool started; /* NAPI may run; for claims only */
	struct zc_rx own;
	struct zc_rx shared;
	struct zc_tx tx;
	struct zc_counts rx_counts; /* written by NAPI */
	struct zc_counts tx_counts; /* NAPI too */
	char irq_name[IFNAMSIZ + 16];
};

/* What the NIC itself counts. */
enum zc_hw_count {
	ZC_HW_MISSED,
	ZC_HW_NO_BUFFER,
	ZC_HW_CRC,
	ZC_HW_LENGTH,
	ZC_HW_UNDERSIZE,
	ZC_HW_OVERSIZE,
	ZC_HW_GOOD_RX,
	ZC_HW_MULTICAST_RX,
	ZC_HW_BROADCAST_RX,
	ZC_HW_TOTAL_RX,
	ZC_HW_GOOD_TX,
	ZC_HW_TOTAL_TX,
	ZC_HW_COUNTS,
};

struct zc {
	struct net_device *dev;
	struct pci_dev *pdev;
	u8 __iomem *regs;
	u32 n_queues; /* in use */
	u32 n_vectors; /* one for other causes, one a queue */
	u32 rx_n, tx_n; /* descriptors of the driver's own rings */
	u32 rx_usecs;
	bool up; /* between zc_up() and zc_down() */
	struct delayed_work watchdog;
	struct work_struct reset_work;
	spinlock_t stats_lock; /* the registers clear as they are read */
	u64 hw_counts[ZC_HW_COUNTS];
	u64 queue_missed[ZC_QUEUES_MAX]; /* RQDPC */
	struct zc_queue queues[ZC_QUEUES_MAX];
};

static inline u32 zc_read(struct zc *z, u32 reg)
{
	return readl(z->regs + reg);
}

static inline void zc_write(struct zc *z, u32 reg, u32 value)
{
	writel(value, z->regs + reg);
}

static inline u32 zc_desc_index(const struct zc_rx *rx, u64 position)
{
	return (u32)(position - rx->base) & rx->mask;
}

/* Of what only the queue's NAPI may touch; see above. */
#define ZC_NAPI_OWNED(q) \
	YKVM_OWNED(test_bit(NAPI_STATE_SCHED, &(q)->napi.state) || test_bit(NAPI_STATE_NPSVC, &(q)->napi.state))

/* hw.c */
int zc_hw_reset(struct zc *z);
int zc_hw_read_mac(struct zc *z, u8 mac[ETH_ALEN]);
void zc_hw_set_mac(struct zc *z, const u8 *mac);
int zc_hw_start_link(struct zc *z);
void zc_hw_configure(struct zc *z);
void zc_hw_max_frame(struct zc *z);
void zc_hw_strip_vlan(struct zc *z, bool strip);
void zc_hw_filter(struct zc *z);
void zc_hw_quiesce(struct zc *z); /* it writes no memory any more, whatever state it is in */
bool zc_hw_gone(struct zc *z);
int zc_hw_wait(struct zc *z, u32 reg, u32 mask, u32 value); /* 0 or -ETIMEDOUT, after 10 ms */

/* irq.c */
int zc_irq_alloc(struct zc *z);
void zc_irq_free(struct zc *z);
int zc_irq_request(struct zc *z);
void zc_irq_release(struct zc *z);
void zc_irq_start(struct zc *z);
void zc_irq_mask(struct zc *z);
void zc_irq_moderate(struct zc *z);

/* rx.c */
int zc_desc_alloc(struct zc *z, struct zc_rx *rx, u32 n, u32 n_dma, gfp_t gfp);
void zc_desc_free(struct zc *z, struct zc_rx *rx);
int zc_rx_alloc(struct zc_queue *q);
void zc_rx_free(struct zc_queue *q);
int zc_rx_start(struct zc_queue *q);
int zc_rx_stop(struct zc_queue *q);
void zc_rx_halt(struct zc_rx *rx);
void zc_rx_give(struct zc_rx *rx, u64 end);
int zc_rx_poll(struct zc_queue *q, int budget);
void zc_rx_count(struct zc_queue *q, u32 packets, u32 bytes, u32 broken);

/* ring.c */
extern const struct ykvm_source_ops zc_source_ops;
void zc_ring_begin(struct zc_queue *q); /* under rx->lock */
int zc_ring_poll(struct zc_queue *q, int budget);
void zc_ring_idle(struct zc_queue *q);
void zc_ring_sent(struct zc_queue *q, u32 buffer, u32 n_buffers);

/* tx.c */
int zc_tx_alloc(struct zc_queue *q);
void zc_tx_free(struct zc_queue *q);
int zc_tx_start(struct zc_queue *q);
int zc_tx_stop(struct zc_queue *q);
bool zc_tx_clean(struct zc_queue *q, int budget);
netdev_tx_t zc_tx_frame(struct sk_buff *skb, struct net_device *dev);
int zc_tx_client(struct zc_queue *q, const struct ykvm_tx *tx, u32 n);

/* stats.c */
void zc_stats_refresh(struct zc *z);
void zc_stats_read(struct net_device *dev, struct rtnl_link_stats64 *s);

/* netdev.c */
struct net_device *zc_netdev_alloc(struct pci_dev *pdev);
int zc_up(struct zc *z);
void zc_down(struct zc *z);
void zc_let_go(struct zc *z); /* under RTNL, as the next: the NIC goes out of the driver's hands for a while */
int zc_take_back(struct zc *z); /* 0, or it stays out of use */
void zc_queue_switch(struct zc_queue *q, struct zc_rx *rx);
int zc_reconfigure(struct zc *z, u32 rx_n, u32 tx_n, u32 n_queues);
bool zc_has_client(struct zc *z);

/* ethtool.c */
extern const struct ethtool_ops zc_ethtool_ops;

#endif
