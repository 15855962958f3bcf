export function answeredAlready(id: string): string {
  return `request ${id} is answered already; see: sallyport request list --all`
}
