// A fennel stalk that carries fire.
export function Logo() {
  return (
    <svg width="24" height="24" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path d="M12 29V15" stroke="var(--nx-muted)" strokeWidth="3" strokeLinecap="round" />
      <path d="M12 22c5 0 7-2 7-5.5" stroke="var(--nx-muted)" strokeWidth="2.5" fill="none" strokeLinecap="round" />
      <path
        d="M19 3c1.2 3.6 5.8 5.4 5.8 10.200a5.9 5.9 0 0 1-11.8.2c0-2.3 1.1-3.7 2.3-4.9.4 1.5 1.2 2.2 2 2.300C18.6 8.9 17.7 6 19 3Z"
        fill="#f4622a"
      />
    </svg>
  );
}
