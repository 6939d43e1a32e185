/** Lines that stand before every file of kernels. No header is included: parsing one costs more than a kernel. */
export const HEADER = `typedef float f32; typedef double f64;
typedef __INT8_TYPE__ i8; typedef __INT32_TYPE__ i32; typedef long long i64;
typedef __UINT8_TYPE__ u8; typedef __UINT16_TYPE__ u16; typedef __UINT32_TYPE__ u32; typedef unsigned long long u64;
#define INLINE static inline __attribute__((always_inline, unused))
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(PLAIN_C)
#define GCC_X86 1
typedef char char16_t_ __attribute__((vector_size(16)));
typedef char char32_t_ __attribute__((vector_size(32)));
typedef int int16_t_ __attribute__((vector_size(64)));
typedef i64 long2_t_ __attribute__((vector_size(16)));
typedef i64 long4_t_ __attribute__((vector_size(32)));
#endif
#ifdef __has_builtin
#if __has_builtin(__builtin_elementwise_fma)
#define VECTOR_FMA 1
#endif
#if __has_builtin(__builtin_shufflevector)
#define SHUFFLE 1
#endif
#endif
`;
