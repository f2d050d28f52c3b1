;; Finds the ends of records, LF and NUL (RFC 6587 §3.4.2), and where a message code may begin: at `-3-` or `SA`, as in
;; `nextCandidate` of src/core/decode/message-code.ts. Sixteen bytes at a time, four times per round.
(module
  ;; The bytes stand at 0, followed by 64 bytes without an end, then the two lists of results
  ;; (src/core/decode/byte-scanner.ts).
  (memory (export "memory") 5)

  ;; One bit for each of sixteen bytes: LF or NUL.
  (func $ends (param $bytes v128) (result i64)
    (i64.extend_i32_u
      (i8x16.bitmask
        (v128.or
          (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x0a)))
          (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x00)))))))

  ;; The same for the sixteen bytes at $at: `-` with another `-` two bytes later, `S` before `A` or `a`.
  (func $candidates (param $at i32) (param $bytes v128) (result i64)
    (i64.extend_i32_u
      (i8x16.bitmask
        (v128.or
          (v128.and
            (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x2d)))
            (i8x16.eq (v128.load offset=2 (local.get $at)) (i8x16.splat (i32.const 0x2d))))
          (v128.and
            (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x53)))
            (i8x16.eq
              (v128.or (v128.load offset=1 (local.get $at)) (i8x16.splat (i32.const 0x20)))
              (i8x16.splat (i32.const 0x61))))))))

  ;; Joins four times sixteen bits to sixty-four.
  (func $joined (param $a i64) (param $b i64) (param $c i64) (param $d i64) (result i64)
    (i64.or
      (i64.or (local.get $a) (i64.shl (local.get $b) (i64.const 16)))
      (i64.or (i64.shl (local.get $c) (i64.const 32)) (i64.shl (local.get $d) (i64.const 48)))))

  ;; Appends the position of each bit, counted from $first, to the list at $to; returns the new end of the list.
  (func $write (param $bits i64) (param $first i32) (param $to i32) (result i32)
    (block $none
      (loop $bit
        (br_if $none (i64.eqz (local.get $bits)))
        (i32.store (local.get $to) (i32.add (local.get $first) (i32.wrap_i64 (i64.ctz (local.get $bits)))))
        (local.set $to (i32.add (local.get $to) (i32.const 4)))
        (local.set $bits (i64.and (local.get $bits) (i64.sub (local.get $bits) (i64.const 1))))
        (br $bit)))
    (local.get $to))

  ;; Scans $length bytes; $base is the position of the first byte. Returns the number of ends and of candidates.
  (func (export "mark") (param $length i32) (param $base i32) (param $ends i32) (param $candidates i32) (result i32 i32)
    (local $at i32)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local $end i32) (local $candidate i32)
    (local.set $end (local.get $ends))
    (local.set $candidate (local.get $candidates))
    (block $done
      (loop $round
        (br_if $done (i32.ge_u (local.get $at) (local.get $length)))
        (local.set $a (v128.load (local.get $at)))
        (local.set $b (v128.load offset=16 (local.get $at)))
        (local.set $c (v128.load offset=32 (local.get $at)))
        (local.set $d (v128.load offset=48 (local.get $at)))
        (local.set $end
          (call $write
            (call $joined
              (call $ends (local.get $a))
              (call $ends (local.get $b))
              (call $ends (local.get $c))
              (call $ends (local.get $d)))
            (i32.add (local.get $base) (local.get $at))
            (local.get $end)))
        (local.set $candidate
          (call $write
            (call $joined
              (call $candidates (local.get $at) (local.get $a))
              (call $candidates (i32.add (local.get $at) (i32.const 16)) (local.get $b))
              (call $candidates (i32.add (local.get $at) (i32.const 32)) (local.get $c))
              (call $candidates (i32.add (local.get $at) (i32.const 48)) (local.get $d)))
            (i32.add (local.get $base) (local.get $at))
            (local.get $candidate)))
        (local.set $at (i32.add (local.get $at) (i32.const 64)))
        (br $round)))
    (i32.shr_u (i32.sub (local.get $end) (local.get $ends)) (i32.const 2))
    (i32.shr_u (i32.sub (local.get $candidate) (local.get $candidates)) (i32.const 2))))
