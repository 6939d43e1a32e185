import { createHash } from "node:crypto";
import { LENGTH, WORDS } from "../../runtime/program.ts";

/**
 * The C that runs programs: one engine holds a heap, a table of kernels and the threads. The calling thread has rank 0
 * and always takes part; the others spin for some microseconds after a program, then sleep.
 */
const SOURCE = String.raw`#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#ifdef __linux__
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

typedef void kernel(char *base, const int64_t *args, int64_t begin, int64_t end, int64_t t);
typedef _Atomic uint32_t word;

typedef struct engine {
  char *base;
  int64_t bytes;
  kernel **kernels;
  int64_t capacity;
  int threads, started;
  pthread_t *handles;
  /* The program at hand; changes only between programs. */
  const int64_t *program;
  /* Each on its own cache line: threads wait on them. */
  _Alignas(64) word epoch;
  _Alignas(64) word sleepers;
  _Alignas(64) word running;
  _Alignas(64) word arrived;
  _Alignas(64) word phase;
  _Alignas(64) word stop;
} engine;

/* Waiting: spin, let others run, sleep. ------------------------------------------------------------------------- */
enum { SPIN_NANOSECONDS = 30000, YIELDS = 8 };

static inline void pause_a_little(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}
static int64_t now(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return at.tv_sec * 1000000000LL + at.tv_nsec;
}
#ifdef __linux__
static void sleep_while(word *at, uint32_t value) {
  syscall(SYS_futex, at, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}
static void wake_all(word *at) {
  syscall(SYS_futex, at, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL, NULL, 0);
}
#else
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static void sleep_while(word *at, uint32_t value) {
  pthread_mutex_lock(&lock);
  while (atomic_load(at) == value) pthread_cond_wait(&changed, &lock);
  pthread_mutex_unlock(&lock);
}
static void wake_all(word *at) {
  pthread_mutex_lock(&lock);
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
}
#endif

/* Returns when *at differs from value. A sleeper is counted before it looks for the last time, and whoever changes
   the word looks at the count afterwards: no wake is lost. */
static void wait_while(engine *e, word *at, uint32_t value) {
  int64_t until = 0;
  for (int i = 0;; i++) {
    for (int k = 0; k < 16; k++) {
      if (atomic_load_explicit(at, memory_order_acquire) != value) return;
      pause_a_little();
    }
    int64_t time = now();
    if (until == 0) until = time + SPIN_NANOSECONDS;
    else if (time > until) break;
  }
  for (int i = 0; i < YIELDS; i++) {
    if (atomic_load_explicit(at, memory_order_acquire) != value) return;
    sched_yield();
  }
  atomic_fetch_add(&e->sleepers, 1);
  while (atomic_load(at) == value) sleep_while(at, value);
  atomic_fetch_sub(&e->sleepers, 1);
}
static void changed_word(engine *e, word *at) {
  if (atomic_load(&e->sleepers) != 0) wake_all(at);
}

static void barrier(engine *e, int threads) {
  uint32_t phase = atomic_load_explicit(&e->phase, memory_order_relaxed);
  if (atomic_fetch_add(&e->arrived, 1) == (uint32_t)threads - 1) {
    atomic_store_explicit(&e->arrived, 0, memory_order_relaxed);
    atomic_store(&e->phase, phase + 1);
    changed_word(e, &e->phase);
  } else wait_while(e, &e->phase, phase);
}

/* Programs. -------------------------------------------------------------------------------------------------------- */
enum { ${Object.entries(WORDS).map(([name, code]) => `${name} = ${code}`).join(", ")} };
static const int LENGTH[] = { ${LENGTH.join(", ")} };

/* As share.ts: where a point of [0, total) cuts the units of a call that stands for [from, to). */
static inline int64_t cut(int64_t units, int64_t from, int64_t to, int64_t point) {
  if (point <= from) return 0;
  if (point >= to) return units;
  return (int64_t)((__int128)(point - from) * units / (to - from));
}
static void call(engine *e, const int64_t *at, int64_t t, int rank, int threads) {
  const int64_t units = at[3], from = at[4], to = at[5], total = at[6];
  int64_t begin = 0, end = units;
  if (total == 0) {
    if (rank != 0) return;
  } else if (threads > 1) {
    begin = cut(units, from, to, (int64_t)((__int128)total * rank / threads));
    end = cut(units, from, to, (int64_t)((__int128)total * (rank + 1) / threads));
  }
  if (begin < end) e->kernels[at[1]](e->base, (const int64_t *)(e->base + at[2]), begin, end, t);
}
/* Past the END that closes the block. */
static const int64_t *skip(const int64_t *at) {
  for (int depth = 1;; at += LENGTH[at[0]]) {
    if (at[0] == LOOP || at[0] == REVERSE) depth++;
    else if (at[0] == END && --depth == 0) return at + 1;
  }
}
/* Runs a block; returns what follows its END, or NULL when the program stops. */
static const int64_t *block(engine *e, const int64_t *at, int64_t t, int rank, int threads) {
  for (;;) {
    const int64_t *next = at + LENGTH[at[0]];
    switch (at[0]) {
      case CALL: call(e, at, t, rank, threads); break;
      case BARRIER: if (threads > 1) barrier(e, threads); break;
      case GUARD: if (*(const volatile uint32_t *)(e->base + at[1]) == 0) return NULL; break;
      case LOOP: case REVERSE: {
        const int64_t count = at[1], *body = next;
        if (count <= 0) next = skip(body);
        for (int64_t i = 0; i < count; i++) {
          next = block(e, body, at[0] == LOOP ? i : count - 1 - i, rank, threads);
          if (next == NULL) return NULL;
        }
        break;
      }
      case END: return next;
      default: return NULL;
    }
    at = next;
  }
}

/* Threads. ---------------------------------------------------------------------------------------------------------- */
typedef struct { engine *e; int rank; uint32_t epoch; } start;

static void *work(void *given) {
  start s = *(start *)given;
  free(given);
  engine *e = s.e;
  for (uint32_t seen = s.epoch;; ) {
    wait_while(e, &e->epoch, seen);
    seen = atomic_load(&e->epoch);
    if (atomic_load(&e->stop)) return NULL;
    block(e, e->program, 0, s.rank, e->threads);
    uint32_t before = atomic_fetch_sub(&e->running, 1);
    if (before == 1) changed_word(e, &e->running);
  }
}
/* Starts the threads, on the first program that can use them. Signals stay with the threads that were there. */
static void start_threads(engine *e) {
  sigset_t all, old;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  e->started = 1;
  for (int rank = 1; rank < e->threads; rank++) {
    start *s = malloc(sizeof *s);
    if (s != NULL) *s = (start){ e, rank, atomic_load(&e->epoch) };
    if (s == NULL || pthread_create(&e->handles[rank], NULL, work, s) != 0) {
      free(s);
      /* The machine gives no more: fewer threads, same results. */
      e->threads = rank;
      break;
    }
  }
  pthread_sigmask(SIG_SETMASK, &old, NULL);
}

void gradus_run(int64_t engine_at, int64_t offset, int32_t parallel) {
  engine *e = (engine *)engine_at;
  const int64_t *program = (const int64_t *)(e->base + offset);
  if (parallel && !e->started) start_threads(e);
  if (!parallel || e->threads == 1) {
    block(e, program, 0, 0, 1);
    return;
  }
  e->program = program;
  atomic_store(&e->running, (uint32_t)e->threads - 1);
  atomic_fetch_add(&e->epoch, 1);
  changed_word(e, &e->epoch);
  block(e, program, 0, 0, e->threads);
  for (uint32_t left; (left = atomic_load(&e->running)) != 0; ) wait_while(e, &e->running, left);
}

/* The engine. ------------------------------------------------------------------------------------------------------- */
int64_t gradus_create(int64_t bytes, int32_t threads) {
  int flags = MAP_PRIVATE | MAP_ANON;
#ifdef MAP_NORESERVE
  flags |= MAP_NORESERVE;
#endif
  char *base = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
  if (base == MAP_FAILED) return 0;
#ifdef MADV_HUGEPAGE
  madvise(base, bytes, MADV_HUGEPAGE);
#endif
  engine *e = NULL;
  if (posix_memalign((void **)&e, 64, sizeof *e) != 0) { munmap(base, bytes); return 0; }
  memset(e, 0, sizeof *e);
  e->base = base;
  e->bytes = bytes;
  e->threads = threads;
  e->handles = calloc(threads, sizeof *e->handles);
  if (e->handles == NULL) { munmap(base, bytes); free(e); return 0; }
  return (int64_t)e;
}
void gradus_destroy(int64_t engine_at) {
  engine *e = (engine *)engine_at;
  atomic_store(&e->stop, 1);
  atomic_fetch_add(&e->epoch, 1);
  wake_all(&e->epoch);
  if (e->started) for (int rank = 1; rank < e->threads; rank++) pthread_join(e->handles[rank], NULL);
  munmap(e->base, e->bytes);
  free(e->handles);
  free(e->kernels);
  free(e);
}
/* A loaded file, or 0; never closed, since its code may be in use elsewhere. */
int64_t gradus_open(const char *path) {
  return (int64_t)dlopen(path, RTLD_NOW | RTLD_LOCAL);
}
const char *gradus_error(void) {
  const char *said = dlerror();
  return said == NULL ? "unknown" : said;
}
/* Enters a kernel under its number; 0 when the file does not have it. */
int32_t gradus_bind(int64_t engine_at, int32_t number, int64_t file, const char *symbol) {
  engine *e = (engine *)engine_at;
  void *found = dlsym((void *)file, symbol);
  if (found == NULL) return 0;
  if (number >= e->capacity) {
    int64_t capacity = 2 * e->capacity + 64 > number ? 2 * e->capacity + 64 : number + 1;
    kernel **grown = realloc(e->kernels, capacity * sizeof *grown);
    if (grown == NULL) return 0;
    memset(grown + e->capacity, 0, (capacity - e->capacity) * sizeof *grown);
    e->kernels = grown;
    e->capacity = capacity;
  }
  e->kernels[number] = (kernel *)found;
  return 1;
}
void gradus_write(int64_t engine_at, int64_t offset, const void *data, int64_t bytes) {
  memcpy(((engine *)engine_at)->base + offset, data, bytes);
}
void gradus_read(int64_t engine_at, int64_t offset, void *data, int64_t bytes) {
  memcpy(data, ((engine *)engine_at)->base + offset, bytes);
}
`;

/** The driver's source, and the symbol under which the cache knows it. */
export const DRIVER = {
  source: SOURCE,
  symbol: `driver_${createHash("sha256").update(SOURCE).digest("hex").slice(0, 24)}`,
};
