# bench_prove's Fibonacci program for RISC Zero's machine: the same five instructions a turn. The
# number of turns is read from the host; the last number is stored to the eight words of the output.
.globl _start
_start:
  li a7, 1                # read: descriptor, buffer, bytes
  li a0, 0
  la a1, turns
  li a2, 4
  ecall
  la a1, turns
  lw t2, 0(a1)
  li t0, 0
  li t1, 1
loop:
  add s0, t0, t1
  mv t0, t1
  mv t1, s0
  addi t2, t2, -1
  bnez t2, loop
  li a0, 0xffff0240       # where the machine keeps the output
  sw t1, 0(a0)
  sw t1, 4(a0)
  sw t1, 8(a0)
  sw t1, 12(a0)
  sw t1, 16(a0)
  sw t1, 20(a0)
  sw t1, 24(a0)
  sw t1, 28(a0)
  li a7, 0                # terminate
  li a0, 0
  li a1, 0
  ecall
.balign 4
turns:
  .word 0
