"""What others may fetch here, and who may: documents, collections, consent, ways to find us."""
