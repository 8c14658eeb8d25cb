// SPDX-License-Identifier: GPL-2.0-only
/*
 * ykvm-zc: the Intel 82576 with ykvm rings, in place of igb for a while. It
 * takes only a device that was told to want it, and is loaded by nothing:
 *
 *   echo ykvm-zc >/sys/bus/pci/devices/D/driver_override
 *   echo D >/sys/bus/pci/drivers/igb/unbind; echo D >/sys/bus/pci/drivers/ykvm-zc/bind
 *
 * and back with an empty driver_override. Only ports with the NIC's own PHY:
 * fibre and backplane are not known to it.
 */
#include <linux/dma-mapping.h>
#include <linux/etherdevice.h>
#include <linux/module.h>
#include <linux/rtnetlink.h>

#include "zc/zc.h"

#define ONLY_BY_OVERRIDE 1

/* No MODULE_DEVICE_TABLE: udev is not to choose between this and igb. */
static const struct pci_device_id devices[] = {
	{ PCI_DEVICE_DRIVER_OVERRIDE(PCI_VENDOR_ID_INTEL, 0x10c9, ONLY_BY_OVERRIDE) }, /* 82576 */
	{ PCI_DEVICE_DRIVER_OVERRIDE(PCI_VENDOR_ID_INTEL, 0x10e8, ONLY_BY_OVERRIDE) }, /* four ports */
	{ PCI_DEVICE_DRIVER_OVERRIDE(PCI_VENDOR_ID_INTEL, 0x150a, ONLY_BY_OVERRIDE) }, /* 82576NS */
	{ PCI_DEVICE_DRIVER_OVERRIDE(PCI_VENDOR_ID_INTEL, 0x1526, ONLY_BY_OVERRIDE) }, /* four ports, ET2 */
	{ 0 },
};

static int enable_device(struct pci_dev *pdev)
{
	int ret = pci_enable_device_mem(pdev);

	if (ret)
		return ret;
	ret = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (!ret)
		ret = pci_request_mem_regions(pdev, ZC_NAME);
	if (ret)
		pci_disable_device(pdev);
	else
		pci_set_master(pdev);
	return ret;
}

static void disable_device(struct pci_dev *pdev)
{
	pci_clear_master(pdev);
	pci_release_mem_regions(pdev);
	pci_disable_device(pdev);
}

static int find_nic(struct zc *z)
{
	u8 mac[ETH_ALEN];
	int ret = zc_hw_reset(z);

	if (ret)
		return ret;
	if (zc_read(z, ZC_CTRL_EXT) & ZC_CTRL_EXT_LINK_MODE) {
		dev_err(&z->pdev->dev, "only ports with the NIC's own PHY can be driven\n");
		return -EOPNOTSUPP;
	}
	ret = zc_hw_read_mac(z, mac);
	if (ret) {
		dev_err(&z->pdev->dev, "no valid address in the EEPROM\n");
		return ret;
	}
	eth_hw_addr_set(z->dev, mac);
	zc_write(z, ZC_CTRL_EXT, zc_read(z, ZC_CTRL_EXT) | ZC_CTRL_EXT_DRV_LOAD);
	return 0;
}

static void leave_nic(struct zc *z)
{
	zc_write(z, ZC_CTRL_EXT, zc_read(z, ZC_CTRL_EXT) & ~ZC_CTRL_EXT_DRV_LOAD);
}

static int offer_source(struct zc *z)
{
	int ret;

	rtnl_lock();
	ret = register_netdevice(z->dev);
	if (!ret) {
		ret = ykvm_source_register(z->dev, &zc_source_ops, ZC_QUEUES_MAX);
		if (ret)
			unregister_netdevice(z->dev);
	}
	rtnl_unlock();
	return ret;
}

static int probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct net_device *dev;
	struct zc *z;
	int ret = enable_device(pdev);

	if (ret)
		return ret;
	ret = -ENOMEM;
	dev = zc_netdev_alloc(pdev);
	if (!dev)
		goto err_device;
	z = netdev_priv(dev);
	pci_set_drvdata(pdev, z);
	z->regs = pci_ioremap_bar(pdev, 0);
	if (!z->regs)
		goto err_netdev;
	ret = zc_irq_alloc(z);
	if (ret)
		goto err_regs;
	ret = find_nic(z);
	if (ret)
		goto err_irq;
	ret = offer_source(z);
	if (ret)
		goto err_nic;
	pci_save_state(pdev); /* for slot_reset() */
	return 0;

err_nic:
	leave_nic(z);
err_irq:
	zc_irq_free(z);
err_regs:
	iounmap(z->regs);
err_netdev:
	free_netdev(dev);
err_device:
	disable_device(pdev);
	return ret;
}

static void remove(struct pci_dev *pdev)
{
	struct zc *z = pci_get_drvdata(pdev);

	rtnl_lock();
	ykvm_source_unregister(z->dev);
	unregister_netdevice(z->dev);
	rtnl_unlock();
	cancel_work_sync(&z->reset_work);
	leave_nic(z);
	zc_irq_free(z);
	iounmap(z->regs);
	free_netdev(z->dev);
	disable_device(pdev);
}

/* Under RTNL, for those who come from outside the network. */
static void let_go(struct zc *z)
{
	rtnl_lock();
	zc_let_go(z);
	rtnl_unlock();
}

static int take_back(struct zc *z)
{
	int ret;

	rtnl_lock();
	ret = zc_take_back(z);
	rtnl_unlock();
	return ret;
}

/* The NIC must not write into memory that the next kernel uses. */
static void shutdown(struct pci_dev *pdev)
{
	let_go(pci_get_drvdata(pdev));
	pci_disable_device(pdev);
}

/* What its registers held is lost. A bound ring stays bound, and goes on where it was. */
static int zc_suspend(struct device *d)
{
	let_go(dev_get_drvdata(d));
	return 0;
}

static int zc_resume(struct device *d)
{
	return take_back(dev_get_drvdata(d));
}

static DEFINE_SIMPLE_DEV_PM_OPS(zc_pm_ops, zc_suspend, zc_resume);

static pci_ers_result_t error_detected(struct pci_dev *pdev, pci_channel_state_t state)
{
	let_go(pci_get_drvdata(pdev));
	if (state == pci_channel_io_perm_failure)
		return PCI_ERS_RESULT_DISCONNECT;
	pci_disable_device(pdev);
	return PCI_ERS_RESULT_NEED_RESET;
}

static pci_ers_result_t slot_reset(struct pci_dev *pdev)
{
	if (pci_enable_device_mem(pdev)) {
		dev_err(&pdev->dev, "cannot be enabled again\n");
		return PCI_ERS_RESULT_DISCONNECT;
	}
	pci_set_master(pdev);
	pci_restore_state(pdev);
	pci_save_state(pdev);
	return PCI_ERS_RESULT_RECOVERED;
}

static void error_resume(struct pci_dev *pdev)
{
	take_back(pci_get_drvdata(pdev));
}

static void reset_prepare(struct pci_dev *pdev)
{
	let_go(pci_get_drvdata(pdev));
}

static const struct pci_error_handlers error_handlers = {
	.error_detected = error_detected,
	.slot_reset = slot_reset,
	.resume = error_resume,
	.reset_prepare = reset_prepare,
	.reset_done = error_resume,
};

static struct pci_driver zc_driver = {
	.name = ZC_NAME,
	.id_table = devices,
	.probe = probe,
	.remove = remove,
	.shutdown = shutdown,
	.err_handler = &error_handlers,
	.driver.pm = pm_sleep_ptr(&zc_pm_ops),
};
module_pci_driver(zc_driver);

MODULE_DESCRIPTION("Intel 82576 driver that receives into ykvm rings");
MODULE_LICENSE("GPL");
