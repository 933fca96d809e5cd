"""What happens when answers are lost, processes die and clocks jump: always the same ledger, nothing twice, nothing lost."""
