/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QEMU's model of the 82576, "igb", made to interrupt as the chip does (README.md, "The NIC"): what is to be found in
 * QEMU's memory, and what the chip does. Knows nothing of a running QEMU; igb.c does.
 *
 * The model keeps the chip's registers in one array by their addresses (mac[address / 4]) and, for each of 25 vectors,
 * the gap that its interrupts keep.
 */
#ifndef RXLAB_PLUGIN_IGB_H
#define RXLAB_PLUGIN_IGB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Registers of the 82576, as places in the array. */
#define IGB_GPIE (0x1514 / 4)
#define IGB_EIMS (0x1524 / 4) /* vectors that are not masked */
#define IGB_EIAM (0x1530 / 4) /* vectors that a message masks */
#define IGB_EICR (0x1580 / 4) /* vectors with a cause */
#define IGB_EITR (0x1680 / 4) /* of vector 0 */
#define IGB_VECTORS 25

#define IGB_GPIE_MSIX (1u << 4)
#define IGB_GPIE_EIAME (1u << 30)
#define IGB_EITR_INTERVAL 0x7ffcu /* bits 14 to 2: microseconds */
#define IGB_VECTORS_MASK ((1u << IGB_VECTORS) - 1)

#define IGB_MODEL_NS 1024 /* what QEMU takes a unit of EITR for */
#define IGB_CHIP_NS 250 /* bit 0 of EITR, two bits below a microsecond */

/* The beginning of QEMU's QEMUTimer. */
struct igb_timer {
	int64_t expires;
	void *list;
	void (*on_end)(void *opaque);
	void *opaque;
};

/* QEMU's IGBIntrDelayTimer. */
struct igb_gap {
	struct igb_timer *timer;
	bool running;
	uint32_t reg; /* place of its EITR in mac */
	uint32_t unit_ns;
	uint32_t *mac;
};

/* Where in QEMU's device the parts lie. */
struct igb_parts {
	struct igb_gap *gaps; /* IGB_VECTORS of them */
	void **message; /* the function that makes the message of a vector, called when one goes out */
};

/*
 * Finds the parts in a device of that many bytes. get_message: the first bytes of QEMU's msix_get_message(), 10 can be
 * read. 0, or -1 with why not in a sentence: QEMU keeps its igb otherwise than 10.0 does.
 */
int igb_find(void *device, size_t size, const uint8_t *get_message, struct igb_parts *parts, char *why,
	     size_t why_size);

/* How long a vector keeps quiet behind an interrupt. */
static inline int64_t igb_gap_ns(uint32_t eitr)
{
	return (int64_t)(eitr & IGB_EITR_INTERVAL) * IGB_CHIP_NS;
}

/* A cause that may interrupt. */
static inline bool igb_pending(const uint32_t *mac, unsigned int vector)
{
	return mac[IGB_EICR] & mac[IGB_EIMS] & 1u << vector;
}

/*
 * The vectors that the driver wants masked when their message goes out. The model keeps the complement of what was
 * written, which has ones above the vectors; were it as written, those would be zeros.
 */
static inline uint32_t igb_auto_masked(uint32_t eiam)
{
	return (eiam & ~IGB_VECTORS_MASK ? ~eiam : eiam) & IGB_VECTORS_MASK;
}

/* The message of a vector goes out. */
static inline void igb_message_sent(uint32_t *mac, unsigned int vector)
{
	const uint32_t auto_mask = IGB_GPIE_MSIX | IGB_GPIE_EIAME;

	if ((mac[IGB_GPIE] & auto_mask) == auto_mask && vector < IGB_VECTORS)
		mac[IGB_EIMS] &= ~(igb_auto_masked(mac[IGB_EIAM]) & 1u << vector);
}

/* What a trial asks for; what QEMU's igb can be. */
enum igb_mode {
	IGB_AS_IS, /* nothing is touched */
	IGB_PROBE, /* nothing is touched, but said is whether it could be */
	IGB_CHIP, /* as the chip; where that cannot be, QEMU ends with a message */
};

/* igb.c. Once, before the first instruction of the guest. What it came to, for igb_said(). */
void igb_attach(enum igb_mode mode);
const char *igb_said(void); /* "as-is", "chip", or why it cannot be the chip */

#endif
