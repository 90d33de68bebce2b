/** What a person is told who tries to change their contacts: contract §3. */
export function managedBy(domain: string): string {
  return `Your contacts are managed by the application of ${domain}: please change them there.`;
}
