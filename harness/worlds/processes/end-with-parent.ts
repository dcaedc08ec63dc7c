/** Ends this process when the one that forked it is gone: however that went, and also where it went before this is called. */
export function endWithParent(): void {
  process.on('disconnect', () => process.exit(1));
  if (!process.connected) process.exit(1);
}
