// SPDX-License-Identifier: GPL-2.0-or-later
#include "models/registers.h"

#define E1000E_UNIT_NS 256

unsigned int e1000e_itr(unsigned int interrupts_per_s)
{
	return 1000000000 / (interrupts_per_s * E1000E_UNIT_NS);
}

double e1000e_gap(unsigned int itr)
{
	return itr * E1000E_UNIT_NS / 1e9;
}

double igb_gap(unsigned int itr)
{
	return (itr & ~3u) / 4e6;
}
