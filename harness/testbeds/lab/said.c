// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "harness/testbeds/lab/lab.h"

const char *lab_said(char said[LAB_SAID], int status)
{
	static const char by[] = "rxlab: ";

	if (!said[0])
		snprintf(said, LAB_SAID, "status %d, and it said nothing", status);
	return strncmp(said, by, strlen(by)) ? said : said + strlen(by);
}
