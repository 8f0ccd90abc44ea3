/* SPDX-License-Identifier: BSD-2-Clause */
/* What was loaded, for a person. */
#include "fit/report.h"

#include "lib/printf.h"

const char *size_text(uint64_t size, char text[24])
{
	if (size < 10240)
		snprintf(text, 24, "%lu B", size);
	else if (size < 10 << 20)
		snprintf(text, 24, "%lu KiB", size >> 10);
	else
		snprintf(text, 24, "%lu MiB", size >> 20);
	return text;
}

uint64_t report_print(const struct boot_images *images)
{
	uint64_t total = 0;
	char size[24];

	printf("  configuration %s%s%s\n", images->configuration,
	       images->signer ? MESSAGE(", signed by ") : "", images->signer ? images->signer : "");
	for (unsigned int i = 0; i < images->count; i++) {
		const struct fit_image *image = &images->all[i];

		printf("  %-12s %10s at 0x%lx%s\n", image->name, size_text(image->size, size),
		       image->load,
		       image->hashes ? "" : MESSAGE(", not checked (no hash or VERIFY=off)"));
		total += image->size;
	}
	return total;
}
