"""What ``custom-profile doctor`` looks at, and how it tells what it found."""
