// SPDX-License-Identifier: GPL-2.0-only
/*
 * MSI-X: vector 0 for link and other causes, vector 1 + n for queue pair n. A
 * message masks its own vector and clears its cause (EIAM, EIAC); NAPI unmasks.
 * Whom the interrupts go to is left to the administrator.
 */
#include <linux/interrupt.h>

#include "zc/zc.h"

int zc_irq_alloc(struct zc *z)
{
	int n = pci_alloc_irq_vectors(z->pdev, 2, 1 + ZC_QUEUES_MAX, PCI_IRQ_MSIX);

	if (n < 0)
		return n;
	z->n_vectors = n;
	return 0;
}

void zc_irq_free(struct zc *z)
{
	pci_free_irq_vectors(z->pdev);
}

static irqreturn_t on_queue(int irq, void *data)
{
	struct zc_queue *q = data;

	napi_schedule_irqoff(&q->napi);
	return IRQ_HANDLED;
}

static irqreturn_t on_other(int irq, void *data)
{
	struct zc *z = data;

	if (zc_read(z, ZC_ICR) & ZC_ICR_LSC && READ_ONCE(z->up))
		mod_delayed_work(system_wq, &z->watchdog, 0);
	zc_write(z, ZC_EIMS, BIT(0));
	return IRQ_HANDLED;
}

int zc_irq_request(struct zc *z)
{
	u32 i;
	int ret;

	ret = request_irq(pci_irq_vector(z->pdev, 0), on_other, 0, z->dev->name, z);
	if (ret)
		return ret;
	for (i = 0; i < z->n_queues; i++) {
		struct zc_queue *q = &z->queues[i];

		snprintf(q->irq_name, sizeof(q->irq_name), "%s-TxRx-%u", z->dev->name, i);
		ret = request_irq(pci_irq_vector(z->pdev, q->vector), on_queue, 0, q->irq_name, q);
		if (ret)
			goto err;
	}
	return 0;

err:
	while (i-- > 0)
		free_irq(pci_irq_vector(z->pdev, z->queues[i].vector), &z->queues[i]);
	free_irq(pci_irq_vector(z->pdev, 0), z);
	return ret;
}

void zc_irq_release(struct zc *z)
{
	u32 i;

	for (i = 0; i < z->n_queues; i++)
		free_irq(pci_irq_vector(z->pdev, z->queues[i].vector), &z->queues[i]);
	free_irq(pci_irq_vector(z->pdev, 0), z);
}

void zc_irq_moderate(struct zc *z)
{
	u32 i;

	for (i = 0; i < z->n_queues; i++)
		zc_write(z, ZC_EITR(z->queues[i].vector), ZC_EITR_USECS(z->rx_usecs) | ZC_EITR_KEEP_COUNT);
}

/* GPIE comes first: before it the vectors' registers do not take what is written. */
void zc_irq_start(struct zc *z)
{
	u32 vectors = BIT(1 + z->n_queues) - 1;
	u32 i;

	zc_write(z, ZC_GPIE, ZC_GPIE_MSIX | ZC_GPIE_PBA | ZC_GPIE_EIAME | ZC_GPIE_NSICR);
	zc_write(z, ZC_IVAR_MISC, ZC_IVAR_VALID << 8);
	for (i = 0; i < z->n_queues; i++) {
		u32 entry = z->queues[i].vector | ZC_IVAR_VALID;

		zc_write(z, ZC_IVAR(i), entry | entry << 8);
	}
	zc_irq_moderate(z);
	zc_write(z, ZC_EIAC, vectors);
	zc_write(z, ZC_EIAM, vectors);
	zc_write(z, ZC_EIMS, vectors);
	zc_write(z, ZC_IMS, ZC_ICR_LSC);
}

/* On return no handler runs, and none will. */
void zc_irq_mask(struct zc *z)
{
	u32 i;

	zc_write(z, ZC_IMC, ~0U);
	zc_write(z, ZC_EIMC, ~0U);
	zc_read(z, ZC_STATUS);
	for (i = 0; i <= z->n_queues; i++)
		synchronize_irq(pci_irq_vector(z->pdev, i));
}
