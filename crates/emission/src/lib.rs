//! One block of dTAO: issuance, shares, pool, pending, schedule, distribution
