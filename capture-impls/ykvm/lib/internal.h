/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef YKVM_LIB_INTERNAL_H
#define YKVM_LIB_INTERNAL_H

#include "capture-impls/ykvm/lib/ykvm.h"

/* One sentence into err, unless it is NULL; returns ret. */
__attribute__((format(printf, 3, 4))) int ykvm_err(char *err, int ret, const char *format, ...);
/* The same, with what errno means behind it; -errno. */
__attribute__((format(printf, 2, 3))) int ykvm_err_sys(char *err, const char *format, ...);

#endif
