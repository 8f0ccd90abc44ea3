/* SPDX-License-Identifier: BSD-2-Clause */
/* Configurations signed by the real mkimage are run; whatever was done to them after that is not. */
/* sources: FIT_SOURCES UNPACK_SOURCES HASH_SOURCES SIGNATURE_SOURCES PUBLIC_KEY_SOURCES */
/* sources: lib/crc.c lib/dt.c lib/err.c lib/meanwhile.c lib/strtoul.c tests/unit/fit_model.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libfdt.h>

#include "fit/signature.h"
#include "lib/bits.h"
#include "tests/unit/fit_model.h"

#define SBI_SIZE 3001
#define UBOOT_SIZE 2000
#define FILE_MAX 0x8000

static uint8_t *sbi, *uboot;

#define NODE(name, file, properties) \
	name " { data = /incbin/(\"" file "\"); arch = \"riscv\"; " properties " };\n"
#define HASH(algo) " hash-" algo " { algo = \"" algo "\"; };"
#define SBI_WITH(hashes) \
	NODE("sbi", "sbi", "type = \"firmware\"; os = \"opensbi\"; load = <0x80000000>; " hashes)
#define SBI SBI_WITH(HASH("sha256"))
#define UBOOT \
	NODE("u-boot", "u-boot", \
	     "type = \"standalone\"; os = \"u-boot\"; load = <0x80200000>;" HASH("sha512"))
#define OTHER \
	NODE("other", "other", \
	     "type = \"standalone\"; os = \"u-boot\"; load = <0x80200000>;" HASH("sha256"))

/* A signature node to be filled in by mkimage. */
#define SIGNATURE(n, algo, key, more) \
	"signature-" n " { algo = \"" algo "\"; key-name-hint = \"" key "\"; " \
	"sign-images = \"firmware\", \"loadables\"; " more " };"
#define CONFIGURATION(name, properties) name " { " properties " };\n"
/* The command line is signed, and is no list of images, though there is one of its name. */
#define PLAIN \
	"firmware = \"sbi\"; loadables = \"u-boot\"; cmdline = \"other\"; rollback-index = <3>; "
#define SIGNED_BY(n, algo, key) \
	"default = \"conf\"; " CONFIGURATION("conf", PLAIN SIGNATURE(n, algo, key, ""))
#define SIGNED SIGNED_BY("1", "sha256,ecdsa256", "ec256")
#define SIGNATURE_NODE "/configurations/conf/signature-1"

static struct fit_keys keys;
static struct fit_policy strict = {
	.verify = FIT_VERIFY_SIGNED,
	.check_signature = signature_check,
	.keys = &keys,
};

/* The FIT of a test, with room to edit it. */
static uint8_t file[FILE_MAX];
static size_t file_size;

/* --- Keys and FITs -------------------------------------------------------------------------- */

static void run(const char *format, ...)
{
	char command[512];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	assert_int_equal(system(command), 0);
}

static void make_rsa(const char *name, int bits)
{
	run("openssl genrsa -out %s.key %d 2>/dev/null", name, bits);
	run("openssl req -batch -new -x509 -key %s.key -out %s.crt -subj /CN=test", name, name);
}

static void make_ec(const char *name, const char *curve)
{
	run("openssl ecparam -name %s -genkey -noout -out %s.pem", curve, name);
}

static int setup(void **state)
{
	fit_model_setup(state);
	make_rsa("rsa2048", 2048);
	make_rsa("rsa3072", 3072);
	make_rsa("rsa4096", 4096);
	make_rsa("stranger", 2048);
	make_ec("ec256", "prime256v1");
	make_ec("ec384", "secp384r1");
	sbi = make_data("sbi", SBI_SIZE, 1);
	uboot = make_data("u-boot", UBOOT_SIZE, 2);
	free(make_data("other", UBOOT_SIZE, 3));
	return 0;
}

static int teardown(void **state)
{
	free(sbi);
	free(uboot);
	return fit_model_teardown(state);
}

static void read_into_file(const char *name)
{
	uint8_t *bytes = read_file(name, &file_size);

	assert_true(file_size <= FILE_MAX);
	memcpy(file, bytes, file_size);
	free(bytes);
}

/* Signs by mkimage, which leaves the public keys in control.dtb and thereby in `keys`. */
static void make_from(const char *options, const char *images, const char *configurations)
{
	static uint8_t *control;
	char all[128];
	size_t size;

	run("echo '/dts-v1/; / { signature { }; };' | dtc -q -O dtb -p 8192 -o control.dtb");
	snprintf(all, sizeof(all), "%s -k . -K control.dtb -r", options);
	free(make_fit(all, images, configurations, &size));
	read_into_file("test.itb");
	/* Debian 12's mkimage forgets it for ECDSA. */
	run("for key in $(fdtget -l control.dtb /signature); do "
	    "fdtput -t s control.dtb /signature/$key required conf; done");
	free(control);
	control = read_file("control.dtb", &size);
	assert_int_equal(fdt_check_full(control, size), 0);
	if (keys_from_dtb(control, &keys))
		keys.count = 0;
}

static void make(const char *configurations)
{
	make_from("-E", SBI UBOOT OTHER, configurations);
}

static uint8_t *value_of(const char *path, const char *property, int *size)
{
	const uint8_t *value = fdt_getprop(file, fdt_path_offset(file, path), property, size);

	assert_non_null(value);
	return file + (value - file);
}

/* Makes room to edit the tree of a FIT whose data is embedded. */
static void open_file(void)
{
	assert_int_equal(fdt_open_into(file, file, FILE_MAX), 0);
	file_size = FILE_MAX;
}

static int node_at(const char *path)
{
	int node = fdt_path_offset(file, path);

	assert_true(node >= 0);
	return node;
}

static void set_text(const char *path, const char *property, const char *value)
{
	assert_int_equal(fdt_setprop_string(file, node_at(path), property, value), 0);
}

/* --- Booting -------------------------------------------------------------------------------- */

static enum err boot_from(struct model_source *source)
{
	struct memmap map, before;
	enum err err;

	model_memory(&map);
	before = map;
	err = model_boot(source, &strict, &map);
	if (err) {
		assert_int_equal(map.taken_count, before.taken_count);
		assert_true(strlen(model_fit.message) > 10);
		return err;
	}
	assert_true(model_untouched(&before, &map));
	/* Whatever was tried: what runs is what was signed. */
	assert_int_equal(model_images.count, 2);
	assert_memory_equal(model_pointer(model_images.firmware->load), sbi, SBI_SIZE);
	assert_memory_equal(model_pointer(model_images.next->load), uboot, UBOOT_SIZE);
	assert_int_equal(model_images.rollback_index, 3);
	assert_string_equal(model_images.bootargs, "other");
	assert_non_null(model_images.signer);
	return ERR_OK;
}

static enum err boot(void)
{
	struct model_source source;

	model_source_init(&source, file, file_size);
	return boot_from(&source);
}

static void assert_message(const char *part)
{
	if (!strstr(model_fit.message, part))
		fail_msg("message is: %s; expected: %s", model_fit.message, part);
}

/* --- What must work ------------------------------------------------------------------------- */

static void test_algorithms(void **state)
{
	static const char *const hashes[] = { "sha256", "sha384", "sha512" };
	static const struct {
		const char *kind;
		const char *key;
		const char *more;
	} kinds[] = {
		{ "rsa2048", "rsa2048", "" },
		{ "rsa2048", "rsa2048", "padding = \"pkcs-1.5\";" },
		{ "rsa2048", "rsa2048", "padding = \"pss\";" },
		{ "rsa3072", "rsa3072", "" },
		{ "rsa3072", "rsa3072", "padding = \"pss\";" },
		{ "rsa4096", "rsa4096", "" },
		{ "rsa4096", "rsa4096", "padding = \"pss\";" },
		{ "ecdsa256", "ec256", "" },
	};

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		for (size_t h = 0; h < ARRAY_SIZE(hashes); h++) {
			char configurations[512];
			uint8_t *value;
			int size;

			snprintf(configurations, sizeof(configurations),
				 "default = \"conf\"; " CONFIGURATION(
					 "conf", PLAIN SIGNATURE("1", "%s,%s", "%s", "%s")),
				 hashes[h], kinds[k].kind, kinds[k].key, kinds[k].more);
			make_from(h % 2 ? "" : "-E -B 0x200", SBI UBOOT, configurations);
			assert_int_equal(boot(), ERR_OK);
			assert_string_equal(model_images.signer, kinds[k].key);

			value = value_of(SIGNATURE_NODE, "value", &size);
			value[size - 1] ^= 1;
			assert_int_equal(boot(), ERR_FIT_SIGNATURE);
			assert_message(kinds[k].key);
		}
	}
}

/* The integers of a DER encoded ECDSA signature as r and s. */
static void raw_signature(const uint8_t *der, uint8_t *raw, size_t size)
{
	der += 2;
	for (int i = 0; i < 2; i++) {
		size_t length = der[1];
		const uint8_t *number = der + 2;

		der = number + length;
		for (; length > size; length--)
			number++;
		memset(raw, 0, size - length);
		memcpy(raw + size - length, number, length);
		raw += size;
	}
}

/* Debian 12's mkimage cannot sign on P-384; openssl signs what mkimage's other signature covers. */
static void test_p384(void **state)
{
	struct fit_key *key = calloc(1, sizeof(*key));
	uint8_t digest[HASH_MAX_SIZE], raw[96], *der;
	uint32_t strings;
	size_t size;
	int length;

	(void)state;
	make_from("", SBI UBOOT, SIGNED_BY("1", "sha384,rsa2048", "rsa2048"));
	assert_int_equal(boot(), ERR_OK);
	strings = load_be32(value_of(SIGNATURE_NODE, "hashed-strings", &length) + 4);
	signature_digest(&model_fit, fdt_path_offset(model_fit.tree, "/configurations/conf"),
			 strings, HASH_SHA384, digest);
	write_file("digest", digest, 48);
	run("openssl pkeyutl -sign -inkey ec384.pem -in digest -out signature");
	run("openssl pkey -in ec384.pem -pubout -outform DER -out public");
	der = read_file("signature", &size);
	raw_signature(der, raw, 48);
	free(der);
	der = read_file("public", &size);
	strcpy(key->name, "ec384");
	key->bits = 384;
	memcpy(key->point, der + size - 97, 97);
	free(der);

	open_file();
	set_text(SIGNATURE_NODE, "algo", "sha384,ecdsa384");
	assert_int_equal(fdt_setprop(file, node_at(SIGNATURE_NODE), "value", raw, 96), 0);
	keys = (struct fit_keys){ .keys = key, .count = 1 };
	assert_int_equal(boot(), ERR_OK);
	value_of(SIGNATURE_NODE, "value", &length)[95] ^= 1;
	assert_int_equal(boot(), ERR_FIT_SIGNATURE);
	keys.count = 0;
	free(key);
}

#define TWO_SIGNATURES(second) \
	"default = \"conf\"; " CONFIGURATION( \
		"conf", PLAIN SIGNATURE("1", "sha256,rsa2048", "rsa2048", "") \
				SIGNATURE("2", "sha256,ecdsa256", second, ""))

static void test_several_keys(void **state)
{
	int size;

	(void)state;
	make(TWO_SIGNATURES("ec256"));
	assert_int_equal(keys.count, 2);
	assert_false(keys.any);
	assert_int_equal(boot(), ERR_OK);
	for (int broken = 1; broken <= 2; broken++) {
		const char *path = broken == 1 ? SIGNATURE_NODE
					       : "/configurations/conf/signature-2";
		uint8_t *value = value_of(path, "value", &size);

		value[7] ^= 4;
		keys.any = false;
		assert_int_equal(boot(), ERR_FIT_SIGNATURE);
		assert_message(broken == 1 ? "by key rsa2048" : "by key ec256");
		keys.any = true;
		assert_int_equal(boot(), ERR_OK);
		assert_string_equal(model_images.signer, broken == 1 ? "ec256" : "rsa2048");
		value[7] ^= 4;
	}
	value_of(SIGNATURE_NODE, "value", &size)[0] ^= 1;
	value_of("/configurations/conf/signature-2", "value", &size)[0] ^= 1;
	assert_int_equal(boot(), ERR_FIT_SIGNATURE);

	/* A signature more than is demanded does no harm, whatever it is. */
	make(TWO_SIGNATURES("ec256"));
	keys.any = false;
	keys.count = 1;
	memcpy(value_of("/configurations/conf/signature-2", "algo", &size), "whirlpool", 9);
	if (strcmp(keys.keys[0].name, "rsa2048"))
		keys.keys++;
	assert_int_equal(boot(), ERR_OK);
}

/* --- Keys ----------------------------------------------------------------------------------- */

static enum err keys_of(const char *signature, struct fit_keys *found)
{
	static uint8_t *dtb;
	FILE *source = fopen("keys.dts", "w");
	size_t size;

	fprintf(source, "/dts-v1/; / { %s };", signature);
	fclose(source);
	run("dtc -q -O dtb -o keys.dtb keys.dts");
	free(dtb);
	dtb = read_file("keys.dtb", &size);
	return keys_from_dtb(dtb, found);
}

#define EC_KEY_ON(curve, name, x_size, more) \
	name " { ecdsa,curve = \"" curve "\"; ecdsa,x-point = /incbin/(\"x\", 0, " x_size "); " \
	     "ecdsa,y-point = /incbin/(\"x\", 8, 32); " more " };"
#define EC_KEY(name, more) EC_KEY_ON("prime256v1", name, "32", more)
#define RSA_KEY(name, bits, size, more) \
	name " { rsa,num-bits = <" bits ">; rsa,exponent = <0 0x10001>; " \
	     "rsa,modulus = /incbin/(\"x\", 0, " size "); " more " };"

static void test_keys(void **state)
{
	static const char *const malformed[] = {
		"signature { key-a { required = \"conf\"; }; };",
		"signature { " RSA_KEY("key-a", "2048", "255", "required = \"conf\";") "};",
		"signature { " RSA_KEY("key-a", "2047", "256", "required = \"conf\";") "};",
		"signature { " RSA_KEY("key-a", "1024", "128", "required = \"conf\";") "};",
		"signature { " RSA_KEY("key-a", "0x10800", "256", "required = \"conf\";") "};",
		"signature { " EC_KEY_ON("secp521r1", "key-a", "32", "required = \"conf\";") "};",
		"signature { " EC_KEY_ON("prime256v1", "key-a", "33", "required = \"conf\";") "};",
		/* One that cannot be used spoils all. */
		"signature { " EC_KEY("key-a", "required = \"conf\";") "key-b { required = "
								       "\"conf\"; }; };",
	};
	char many[2048] = "signature { ";
	struct fit_keys found;

	(void)state;
	free(make_data("x", 512, 7));
	assert_int_equal(keys_of("", &found), ERR_FIT_NO_KEYS);
	assert_int_equal(keys_of("signature { };", &found), ERR_FIT_NO_KEYS);
	assert_int_equal(keys_of("signature { " EC_KEY("key-a", "") "};", &found), ERR_FIT_NO_KEYS);
	assert_int_equal(keys_of("signature { " EC_KEY("key-a", "required = \"image\";") "};",
				 &found),
			 ERR_FIT_NO_KEYS);
	assert_int_equal(keys_from_dtb(NULL, &found), ERR_FIT_NO_KEYS);
	for (size_t i = 0; i < ARRAY_SIZE(malformed); i++) {
		assert_int_equal(keys_of(malformed[i], &found), ERR_FIT_KEYS);
		assert_int_equal(found.count, 0);
	}
	assert_int_equal(keys_of("signature { required-mode = \"any\"; " EC_KEY("key-a", "")
					 EC_KEY("key-dev", "required = \"conf\";")
						 RSA_KEY("key-r", "2048", "256",
							 "required = \"conf\";") "};",
				 &found),
			 ERR_OK);
	assert_true(found.any);
	assert_int_equal(found.count, 2);
	assert_int_equal(found.keys[0].bits + found.keys[1].bits, 256 + 2048);

	for (int i = 0; i <= FIT_MAX_KEYS; i++)
		sprintf(many + strlen(many),
			RSA_KEY("key-%d", "2048", "256", "required = \"conf\";"), i);
	strcat(many, "};");
	assert_int_equal(keys_of(many, &found), ERR_FIT_KEYS);

	/* Without keys nothing runs. */
	make(SIGNED);
	assert_int_equal(boot(), ERR_OK);
	keys.count = 0;
	assert_int_equal(boot(), ERR_FIT_NO_KEYS);
	/* And it is told why there are none. */
	keys_of(malformed[0], &keys);
	assert_int_equal(boot(), ERR_FIT_KEYS);
	strict.keys = NULL;
	assert_int_equal(boot(), ERR_FIT_NO_KEYS);
	strict.keys = &keys;
	strict.check_signature = NULL;
	assert_int_equal(boot(), ERR_FIT_NO_KEYS);
	strict.check_signature = signature_check;
}

/* The right kind of key, or the right size, but not the key; or the name, but not the kind. */
static void test_other_keys(void **state)
{
	struct fit_key first;

	(void)state;
	make(SIGNED_BY("1", "sha256,rsa2048", "rsa2048"));
	first = keys.keys[0];
	make(SIGNED_BY("1", "sha256,rsa2048", "stranger"));
	assert_int_equal(boot(), ERR_OK);
	keys.keys = &first;
	/* `first` points into the control DTB of before, which is gone. */
	first.modulus = sbi;
	assert_int_equal(boot(), ERR_FIT_SIGNATURE);
	first.bits = 256;
	assert_int_equal(boot(), ERR_FIT_SIGNATURE);
	first.bits = 3072;
	assert_int_equal(boot(), ERR_FIT_SIGNATURE);
	assert_message("by key rsa2048");
}

/* --- What must be refused ------------------------------------------------------------------- */

static void test_unsigned(void **state)
{
	(void)state;
	make(SIGNED);
	make_from("-E", SBI UBOOT, "default = \"conf\"; " CONFIGURATION("conf", PLAIN));
	keys.count = 1;
	assert_int_equal(boot(), ERR_FIT_NOT_SIGNED);
	assert_message("configurations/conf: is not signed");

	make_from("-E",
		  SBI_WITH(HASH("sha256") "signature-1 { algo = \"sha256,ecdsa256\"; "
					  "key-name-hint = \"ec256\"; };") UBOOT,
		  "default = \"conf\"; " CONFIGURATION("conf", PLAIN));
	keys.count = 1;
	assert_int_equal(boot(), ERR_FIT_IMAGE_SIGNED);
	assert_message("signatures of images do not count");
}

/* Signed all right, but by hashes that anybody can make another image for. */
static void test_weak_hashes(void **state)
{
	static const char *const hashes[] = { HASH("crc32"), HASH("md5"), HASH("sha1"),
					      HASH("crc32") HASH("sha1") HASH("md5") };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(hashes); i++) {
		char images[2048];

		snprintf(images, sizeof(images), SBI_WITH("%s") UBOOT, hashes[i]);
		make_from("-E", images, SIGNED);
		assert_int_equal(boot(), ERR_FIT_WEAK_HASH);
		assert_message("images/sbi");
	}
	/* Beside a strong one they are not looked at. */
	make_from("", SBI_WITH(HASH("crc32") HASH("sha384") HASH("sha1")) UBOOT, SIGNED);
	assert_int_equal(boot(), ERR_OK);

	make_from("", SBI_WITH(HASH("sha256") "hash-2 { algo = \"sha256\"; uboot-ignore; };") UBOOT,
		  SIGNED);
	assert_int_equal(boot(), ERR_FIT_IGNORE);
	assert_message("uboot-ignore");
}

static void test_algorithm_names(void **state)
{
	static const struct {
		const char *algo;
		enum err err;
	} cases[] = {
		{ "sha1,ecdsa256", ERR_FIT_SIGNATURE_ALGORITHM },
		{ "md5,ecdsa256", ERR_FIT_SIGNATURE_ALGORITHM },
		{ "crc32,ecdsa256", ERR_FIT_SIGNATURE_ALGORITHM },
		{ "sha256,ecdsa521", ERR_FIT_SIGNATURE_ALGORITHM },
		{ "sha256,rsa1024", ERR_FIT_SIGNATURE_ALGORITHM },
		{ "sha256,", ERR_FIT_SIGNATURE_ALGORITHM },
		{ "sha256", ERR_FIT_SIGNATURE_ALGORITHM },
		{ ",ecdsa256", ERR_FIT_SIGNATURE_ALGORITHM },
		{ "", ERR_FIT_SIGNATURE_ALGORITHM },
		{ "sha256,ecdsa256,", ERR_FIT_SIGNATURE_ALGORITHM },
		{ "sha256sha256sha256,ecdsa256", ERR_FIT_SIGNATURE_ALGORITHM },
		{ "sha512,ecdsa256", ERR_FIT_SIGNATURE },
		{ "sha256,rsa2048", ERR_FIT_SIGNATURE_NODE }, /* whose value would be larger */
		{ "sha256,ecdsa256", ERR_OK },
	};

	(void)state;
	make_from("", SBI UBOOT, SIGNED);
	open_file();
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		set_text(SIGNATURE_NODE, "algo", cases[i].algo);
		assert_int_equal(boot(), cases[i].err);
	}
	set_text(SIGNATURE_NODE, "padding", "oaep");
	assert_int_equal(boot(), ERR_FIT_SIGNATURE_ALGORITHM);
	assert_message("unknown padding \"oaep\"");
	set_text(SIGNATURE_NODE, "padding", "pss");
	assert_int_equal(boot(), ERR_OK); /* not RSA's: means nothing */
	assert_int_equal(fdt_delprop(file, node_at(SIGNATURE_NODE), "algo"), 0);
	assert_int_equal(boot(), ERR_FIT_SIGNATURE_ALGORITHM);

	/* PKCS #1 and PSS are not each other. */
	make_from("", SBI UBOOT, SIGNED_BY("1", "sha256,rsa2048", "rsa2048"));
	open_file();
	set_text(SIGNATURE_NODE, "padding", "pss");
	assert_int_equal(boot(), ERR_FIT_SIGNATURE);
	set_text(SIGNATURE_NODE, "padding", "pkcs-1.5");
	assert_int_equal(boot(), ERR_OK);
}

/* The order of P-256. */
static const uint8_t p256_order[32] = {
	0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17,
	0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
};

static void test_impossible_values(void **state)
{
	static const char *const kinds[] = {
		SIGNED_BY("1", "sha256,rsa2048", "rsa2048"),
		"default = \"conf\"; " CONFIGURATION("conf", PLAIN SIGNATURE("1", "sha256,rsa2048",
									     "rsa2048",
									     "padding = \"pss\";")),
		SIGNED,
	};
	uint8_t saved[64], *value;
	int size;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		make(kinds[i]);
		value = value_of(SIGNATURE_NODE, "value", &size);
		memset(value, 0, (size_t)size);
		assert_int_equal(boot(), ERR_FIT_SIGNATURE);
		value[size - 1] = 1;
		assert_int_equal(boot(), ERR_FIT_SIGNATURE);
		memset(value, 0xff, (size_t)size);
		assert_int_equal(boot(), ERR_FIT_SIGNATURE);
	}
	make(SIGNED);
	value = value_of(SIGNATURE_NODE, "value", &size);
	memcpy(saved, value, sizeof(saved));
	for (int half = 0; half < 2; half++) {
		uint8_t *number = value + 32 * half;

		memset(number, 0, 32);
		assert_int_equal(boot(), ERR_FIT_SIGNATURE);
		memcpy(number, p256_order, 32);
		assert_int_equal(boot(), ERR_FIT_SIGNATURE);
		/* The same number modulo the order, if there is one. */
		memcpy(value, saved, sizeof(saved));
	}
	assert_int_equal(boot(), ERR_OK);

	/* A modulus as signature, and a value of another length. */
	make_from("", SBI UBOOT, SIGNED_BY("1", "sha256,rsa2048", "rsa2048"));
	memcpy(value_of(SIGNATURE_NODE, "value", &size), keys.keys[0].modulus, 256);
	assert_int_equal(boot(), ERR_FIT_SIGNATURE);
	open_file();
	assert_int_equal(fdt_setprop(file, node_at(SIGNATURE_NODE), "value", sbi, 255), 0);
	assert_int_equal(boot(), ERR_FIT_SIGNATURE_NODE);
	assert_int_equal(fdt_setprop(file, node_at(SIGNATURE_NODE), "value", sbi, 512), 0);
	assert_int_equal(boot(), ERR_FIT_SIGNATURE_NODE);
	assert_int_equal(fdt_delprop(file, node_at(SIGNATURE_NODE), "value"), 0);
	assert_int_equal(boot(), ERR_FIT_SIGNATURE_NODE);
}

static void test_hashed_strings(void **state)
{
	uint32_t sizes[] = { 0, 1, 0x40, 0, 0, 0x7fffffff, 0x80000000, 0xffffffff };
	uint8_t *strings;
	int size;

	(void)state;
	make_from("", SBI UBOOT, SIGNED);
	strings = value_of(SIGNATURE_NODE, "hashed-strings", &size);
	sizes[3] = load_be32(strings + 4) - 1;
	sizes[4] = fdt_size_dt_strings(file);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		uint8_t saved[4];

		memcpy(saved, strings + 4, 4);
		fdt32_st(strings + 4, sizes[i]);
		assert_int_equal(boot(), sizes[i] > fdt_size_dt_strings(file)
						 ? ERR_FIT_SIGNATURE_NODE
						 : ERR_FIT_SIGNATURE);
		memcpy(strings + 4, saved, 4);
	}
	strings[3] = 4; /* an offset */
	assert_int_equal(boot(), ERR_FIT_SIGNATURE_NODE);
	strings[3] = 0;
	assert_int_equal(boot(), ERR_OK);
	open_file();
	assert_int_equal(fdt_delprop(file, node_at(SIGNATURE_NODE), "hashed-strings"), 0);
	assert_int_equal(boot(), ERR_FIT_SIGNATURE_NODE);
}

/* --- Attacks -------------------------------------------------------------------------------- */

/* Copies all properties and subnodes of a node. */
static void copy_node(const uint8_t *from, const char *path, const char *to_parent,
		      const char *name)
{
	int source = fdt_path_offset(from, path), property, child, node;
	char new_path[256], old_path[256];

	node = fdt_add_subnode(file, node_at(to_parent), name);
	assert_true(node >= 0 || node == -FDT_ERR_EXISTS);
	snprintf(new_path, sizeof(new_path), "%s/%s", strcmp(to_parent, "/") ? to_parent : "",
		 name);
	fdt_for_each_property_offset (property, from, source) {
		const char *label;
		int size;
		const void *value = fdt_getprop_by_offset(from, property, &label, &size);

		assert_int_equal(fdt_setprop(file, node_at(new_path), label, value, size), 0);
	}
	fdt_for_each_subnode (child, from, source) {
		const char *label = fdt_get_name(from, child, NULL);

		snprintf(old_path, sizeof(old_path), "%s/%s", path, label);
		copy_node(from, old_path, new_path, label);
	}
}

static uint8_t original[FILE_MAX];

static void make_for_attack(const char *configurations)
{
	make_from("", SBI UBOOT OTHER, configurations);
	open_file();
	memcpy(original, file, FILE_MAX);
	assert_int_equal(boot(), ERR_OK);
}

/* Another configuration with what it takes from the signed one. */
static void test_forged_configuration(void **state)
{
	(void)state;
	make_for_attack(SIGNED);
	copy_node(original, "/configurations/conf", "/configurations", "evil");
	set_text("/configurations", "default", "evil");
	assert_int_equal(boot(), ERR_FIT_SIGNATURE);
	set_text("/configurations/evil", "loadables", "other");
	assert_int_equal(boot(), ERR_FIT_SIGNATURE);
	/* The list of nodes tells the truth about the signature, not about what would run. */
	assert_non_null(fdt_getprop(file, node_at("/configurations/evil/signature-1"),
				    "hashed-nodes", NULL));

	/* Its own name, but in front of the signed one, or beside it. */
	memcpy(file, original, FILE_MAX);
	set_text("/configurations/conf", "loadables", "other");
	assert_int_equal(boot(), ERR_FIT_SIGNATURE);
	memcpy(file, original, FILE_MAX);
	copy_node(original, "/configurations/conf", "/configurations", "conf@1");
	set_text("/configurations/conf@1", "loadables", "other");
	assert_int_equal(boot(), ERR_FIT_NAME);
	set_text("/configurations", "default", "conf@1");
	assert_int_equal(boot(), ERR_FIT_NAME);
	memcpy(file, original, FILE_MAX);
	copy_node(original, "/images/other", "/images", "u-boot@1");
	assert_int_equal(boot(), ERR_FIT_NAME);
}

/* Nodes of the names that count, where they do not count. */
static void test_nested_clones(void **state)
{
	(void)state;
	make_for_attack(SIGNED);
	copy_node(original, "/images", "/images", "images");
	assert_int_equal(boot(), ERR_FIT_DEPTH);
	memcpy(file, original, FILE_MAX);
	copy_node(original, "/images/other", "/images", "images");
	assert_int_equal(boot(), ERR_OK);
	memcpy(file, original, FILE_MAX);
	copy_node(original, "/images/other", "/images/u-boot", "u-boot");
	assert_int_equal(boot(), ERR_FIT_DEPTH);
	memcpy(file, original, FILE_MAX);
	copy_node(original, "/images/other/hash-sha256", "/images/u-boot", "hash-sha256");
	assert_int_equal(boot(), ERR_FIT_SIGNATURE);
	memcpy(file, original, FILE_MAX);
	copy_node(original, "/configurations/conf", "/", "conf");
	set_text("/conf", "loadables", "other");
	assert_int_equal(boot(), ERR_FIT_SIGNATURE); /* the root's subnodes are signed */
	memcpy(file, original, FILE_MAX);
	copy_node(original, "/configurations/conf", "/configurations/conf", "conf");
	assert_int_equal(boot(), ERR_FIT_DEPTH);
	/* A second /images: libfdt would find the first one. */
	memcpy(file, original, FILE_MAX);
	copy_node(original, "/images", "/", "imagez");
	memcpy(file + fdt_off_dt_struct(file) + node_at("/imagez") + 4, "images", 6);
	assert_int_equal(boot(), ERR_FIT_DUPLICATE);
}

/* Nothing of a signed node can be changed, added or taken away. */
static void test_signed_properties(void **state)
{
	static const char *const nodes[] = { "/", "/configurations/conf", "/images/sbi",
					     "/images/u-boot", "/images/u-boot/hash-sha512" };
	static const char *const paths[] = { "/images/u-boot", "/images/u-boot",
					     "/configurations/conf", "/configurations/conf",
					     "/images/sbi/hash-sha256" };
	static const char *const properties[] = { "load", "type", "rollback-index", "firmware",
						  "value" };

	(void)state;
	make_for_attack(SIGNED);
	for (size_t i = 0; i < ARRAY_SIZE(nodes); i++) {
		memcpy(file, original, FILE_MAX);
		set_text(nodes[i], "more", "");
		assert_int_equal(boot(), ERR_FIT_SIGNATURE);
	}
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		memcpy(file, original, FILE_MAX);
		assert_int_equal(fdt_nop_property(file, node_at(paths[i]), properties[i]), 0);
		assert_int_equal(boot(), ERR_FIT_SIGNATURE);
		memcpy(file, original, FILE_MAX);
		assert_int_equal(fdt_delprop(file, node_at(paths[i]), properties[i]), 0);
		assert_int_equal(boot(), ERR_FIT_SIGNATURE);
	}
	memcpy(file, original, FILE_MAX);
	assert_int_equal(
		fdt_appendprop(file, node_at("/configurations/conf"), "loadables", "other", 6), 0);
	assert_int_equal(boot(), ERR_FIT_SIGNATURE);
	memcpy(file, original, FILE_MAX);
	set_text("/configurations/conf", "cmdline", "init=/bin/sh");
	assert_int_equal(boot(), ERR_FIT_SIGNATURE);
	/* What is not signed may change, and changes nothing. */
	memcpy(file, original, FILE_MAX);
	set_text("/images", "more", "x");
	set_text("/images/other", "load", "x");
	set_text(SIGNATURE_NODE, "comment", "x");
	assert_int_equal(boot(), ERR_OK);
}

/* A signer who forgot an image in sign-images has not signed the configuration. */
static void test_partly_signed(void **state)
{
	(void)state;
	make("default = \"conf\"; conf { " PLAIN
	     "signature-1 { algo = \"sha256,ecdsa256\"; key-name-hint = \"ec256\"; "
	     "sign-images = \"firmware\"; }; };");
	assert_int_equal(boot(), ERR_FIT_SIGNATURE);
}

#define LATE SIGNATURE("1", "sha256,rsa2048", "rsa2048", "")
#define TWO_CONFIGURATIONS \
	SIGNED_BY("1", "sha256,rsa2048", "rsa2048") \
	CONFIGURATION("late", "firmware = \"sbi\"; loadables = \"other\"; " LATE)

/* What two signed configurations name cannot be mixed. */
static void test_mixed_configurations(void **state)
{
	uint8_t *ours, *theirs, saved[256];
	int size;

	(void)state;
	make_for_attack(TWO_CONFIGURATIONS);
	set_text("/configurations/conf", "loadables", "other");
	assert_int_equal(boot(), ERR_FIT_SIGNATURE);

	memcpy(file, original, FILE_MAX);
	ours = value_of(SIGNATURE_NODE, "value", &size);
	theirs = value_of("/configurations/late/signature-1", "value", &size);
	memcpy(saved, ours, sizeof(saved));
	memcpy(ours, theirs, sizeof(saved));
	assert_int_equal(boot(), ERR_FIT_SIGNATURE);
	memcpy(theirs, saved, sizeof(saved));
	assert_int_equal(boot(), ERR_FIT_SIGNATURE);

	/* The data of the one in the node of the other, embedded and outside. */
	memcpy(file, original, FILE_MAX);
	memcpy(value_of("/images/u-boot", "data", &size), value_of("/images/other", "data", &size),
	       UBOOT_SIZE);
	assert_int_equal(boot(), ERR_FIT_HASH);
	make(TWO_CONFIGURATIONS);
	memcpy(value_of("/images/u-boot", "data-offset", &size),
	       value_of("/images/other", "data-offset", &size), 4);
	assert_int_equal(boot(), ERR_FIT_HASH);
	assert_message("images/u-boot: sha512 mismatch");
	assert_true(model_is_zero(0x80200000, UBOOT_SIZE));
}

/* Where the data is, is not signed. */
static void test_data_places(void **state)
{
	static const uint32_t values[] = { 0,	       1,	   0x40,      0x7fffffff,
					   0x80000000, 0xfffffffc, 0xffffffff };
	static const char *const properties[] = { "data-offset", "data-size" };
	int size;

	(void)state;
	make(SIGNED);
	for (size_t p = 0; p < ARRAY_SIZE(properties); p++) {
		uint8_t *value = value_of("/images/u-boot", properties[p], &size);
		uint8_t saved[4];

		memcpy(saved, value, 4);
		for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
			fdt32_st(value, values[i]);
			assert_int_not_equal(boot(), ERR_OK);
		}
		memcpy(value, saved, 4);
	}
	make_from("", SBI UBOOT, SIGNED);
	open_file();
	assert_int_equal(fdt_setprop_u32(file, node_at("/images/sbi"), "data-position", 0), 0);
	assert_int_equal(boot(), ERR_FIT_PROPERTY);
}

/* --- What breaks on its way ----------------------------------------------------------------- */

/* One byte changed: refused, or what boots is what was signed. True: refused. */
static bool refuses_flipped(size_t at)
{
	struct model_source source;
	struct memmap map = { 0 };
	enum err err;

	file[at] ^= (uint8_t)(1U << at % 8);
	model_source_init(&source, file, file_size);
	model_memory_only(&map);
	err = model_boot(&source, &strict, &map);
	file[at] ^= (uint8_t)(1U << at % 8);
	if (err)
		return true;
	assert_memory_equal(model_pointer(0x80000000), sbi, SBI_SIZE);
	assert_memory_equal(model_pointer(0x80200000), uboot, UBOOT_SIZE);
	assert_int_equal(model_images.firmware->entry, 0x80000000);
	assert_int_equal(model_images.next->entry, 0x80200000);
	assert_int_equal(model_images.count, 2);
	assert_int_equal(model_images.rollback_index, 3);
	assert_string_equal(model_images.bootargs, "other");
	return false;
}

/* Of the signature itself every byte counts. */
static void flip_signature(void)
{
	int size;
	size_t at = (size_t)(value_of(SIGNATURE_NODE, "value", &size) - file);

	for (int i = 0; i < size; i++)
		assert_true(refuses_flipped(at + (size_t)i));
}

static void test_flipped_bytes(void **state)
{
	static const struct {
		const char *configurations;
		size_t step; /* a signature takes its time */
	} kinds[] = {
		{ SIGNED, 13 },
		{ SIGNED_BY("1", "sha256,rsa2048", "rsa2048"), 31 },
		{ SIGNED_BY("1", "sha256,rsa2048\"; padding = \"pss", "rsa2048"), 31 },
	};
	static const char *const options[] = { "-E", "" };

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		size_t step = getenv("LONG_TESTS") ? 1 : kinds[k].step;

		for (size_t o = 0; o < ARRAY_SIZE(options); o++) {
			unsigned int refused = 0, booted = 0;

			make_from(options[o], SBI UBOOT, kinds[k].configurations);
			assert_true(!strstr(kinds[k].configurations, "pss") ==
				    !fdt_getprop(file, node_at(SIGNATURE_NODE), "padding", NULL));
			for (size_t i = 0; i < file_size; i += step)
				*(refuses_flipped(i) ? &refused : &booted) += 1;
			assert_true(refused && booted);
			flip_signature();
		}
	}
}

static void test_truncated(void **state)
{
	size_t whole;

	(void)state;
	for (int embedded = 0; embedded < 2; embedded++) {
		make_from(embedded ? "" : "-E -B 0x200", SBI UBOOT, SIGNED);
		whole = file_size;
		for (file_size = 512; file_size < whole - 16; file_size += 512)
			assert_int_equal(boot(), ERR_SOURCE_END);
		file_size = whole;
		assert_int_equal(boot(), ERR_OK);
	}
}

/* A medium that gives the signed FIT first and another one, signed or not, from some read on. */
static void test_changing_source(void **state)
{
	static const char *const lies[] = {
		"default = \"conf\"; " CONFIGURATION(
			"conf",
			"firmware = \"sbi\"; loadables = \"other\"; rollback-index = <3>; " SIGNATURE(
				"1", "sha256,ecdsa256", "ec256", "")),
		"default = \"conf\"; " CONFIGURATION("conf", "firmware = \"sbi\"; loadables = "
							     "\"other\"; rollback-index = <3>; "),
	};
	static uint8_t lie[FILE_MAX];

	(void)state;
	for (size_t l = 0; l < ARRAY_SIZE(lies); l++) {
		unsigned int reads;

		make(lies[l]);
		memcpy(lie, file, sizeof(lie));
		make(SIGNED);
		for (reads = 1; reads < 10; reads++) {
			struct model_source source;

			model_source_init(&source, file, file_size);
			source.lie_from = reads;
			source.lies = lie;
			if (reads == 1 && l == 0)
				continue; /* all of it is the other signed FIT */
			boot_from(&source);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_algorithms),	     cmocka_unit_test(test_p384),
		cmocka_unit_test(test_several_keys),	     cmocka_unit_test(test_keys),
		cmocka_unit_test(test_other_keys),	     cmocka_unit_test(test_unsigned),
		cmocka_unit_test(test_weak_hashes),	     cmocka_unit_test(test_algorithm_names),
		cmocka_unit_test(test_impossible_values),    cmocka_unit_test(test_hashed_strings),
		cmocka_unit_test(test_forged_configuration), cmocka_unit_test(test_nested_clones),
		cmocka_unit_test(test_signed_properties),    cmocka_unit_test(test_partly_signed),
		cmocka_unit_test(test_mixed_configurations), cmocka_unit_test(test_data_places),
		cmocka_unit_test(test_flipped_bytes),	     cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_changing_source),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
