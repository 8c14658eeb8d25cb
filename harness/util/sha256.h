/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SHA-256 (FIPS 180-4) of a text in memory, as hex; for the manifest, not for secrets. */
#ifndef RXLAB_SHA256_H
#define RXLAB_SHA256_H

#include <stddef.h>

#define SHA256_HEX 65 /* including the final 0 */

void sha256_hex(const void *data, size_t length, char hex[SHA256_HEX]);

#endif
